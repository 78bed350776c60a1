/**
 * What the server says, as `mlx_jupyter/wire/pool.py` writes it. `*_gb` are units of 10^9 bytes and
 * not rounded; times are seconds since 1970 unless their name says otherwise.
 */

export interface IProgress {
  stage: 'download' | 'load';
  done_bytes: number;
  total_bytes: number;
  elapsed_seconds: number;
  eta_seconds: number | null;
}

export interface IModelStatus {
  status: 'running' | 'loading' | 'unloaded' | 'failed';
  kind: string;
  size_gb: number;
  estimated_load_time_seconds: number | null;
  memory_used_gb: number;
  pinned: boolean;
  in_use: boolean;
  last_used: number | null;
  health: 'healthy' | 'unhealthy' | 'unknown';
  requests: number;
  /** `user`, and the ids of kernels. */
  pinned_by: string[];
  keep_alive_seconds: number | null;
  expires_at: number | null;
  last_error: string | null;
  progress: IProgress | null;
  tokens_per_second: number | null;
  /** Of prompts that its worker has read, beside `memory_used_gb`. */
  prompt_cache_gb: number;
  /** Of features of pictures, in `memory_used_gb`. */
  image_cache_gb: number;
}

export interface IMemoryStatus {
  used_gb: number;
  total_gb: number;
  limit_gb: number;
  available_gb: number;
  reserved_gb: number;
  resident_gb: number;
  spare_gb: number;
  /** Prompts and pictures that are kept: as `spare_gb` in `available_gb`, for they leave first. */
  cached_gb: number;
  host_available_gb: number;
  pressure: string;
}

/** `GET v1/models/status`. */
export interface IPoolStatus {
  models: { [model: string]: IModelStatus };
  memory: IMemoryStatus;
}

/** `GET admin/models/plan`, and `error.plan` of a 503. */
export interface IPlan {
  model: string;
  fits: boolean;
  resident: boolean;
  evict: string[];
  wait_for: string[];
  needed_bytes: number;
  available_bytes: number;
  available_after_eviction_bytes: number;
  pinned: string[];
  estimated_load_time_seconds: number | null;
  reason: string;
}

/** One of `GET admin/events`, and the data of an event on Jupyter's own bus. */
export interface IPoolEvent {
  id: number;
  time: number;
  type: 'state' | 'eviction' | 'progress' | 'memory' | 'pressure' | 'pin';
  model?: string;
  state?: string;
  before?: string;
  reason?: string;
  made_room_for?: string;
  pinned_by?: string[];
}

export interface IChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface IUsage {
  prompt_tokens: number;
  completion_tokens: number;
}

/** Any event of a stream: it ends early with `error`. */
export interface IMayFail {
  error?: { message: string; code?: string | null; plan?: IPlan | null };
}

/** One event of a streamed answer. */
export interface IChunk extends IMayFail {
  model?: string;
  choices?: {
    text?: string;
    delta?: { content?: string | null; reasoning_content?: string | null };
    finish_reason?: string | null;
  }[];
  usage?: IUsage | null;
}
