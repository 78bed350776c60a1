// What the server says of a pool, with what a test is about put in.

export function model(put = {}) {
  return {
    status: 'running',
    kind: 'text',
    size_gb: 1,
    estimated_load_time_seconds: 2,
    memory_used_gb: 1,
    pinned: false,
    in_use: false,
    last_used: null,
    health: 'healthy',
    requests: 0,
    pinned_by: [],
    keep_alive_seconds: null,
    expires_at: null,
    last_error: null,
    progress: null,
    tokens_per_second: null,
    prompt_cache_gb: 0,
    image_cache_gb: 0,
    ...put
  };
}

export function status(models = {}, memory = {}) {
  const sizes = {
    used_gb: 0,
    total_gb: 32,
    limit_gb: 24,
    available_gb: 24,
    reserved_gb: 0,
    resident_gb: 0,
    spare_gb: 0,
    cached_gb: 0,
    host_available_gb: 30,
    pressure: 'normal'
  };
  return { models, memory: { ...sizes, ...memory } };
}
