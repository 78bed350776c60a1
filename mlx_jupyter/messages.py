"""What crosses between the pool and a worker: frozen structs, no OpenAI, no MLX.

A frame is four bytes of length (big endian), then one msgpack value (`encode`, `Decoder`). Commands
go to the worker, events come back. While a batch runs there is one `Step` a decoding step, for all
sequences together: at 16 streams that is one read, one decode and one wake-up of the server where a
frame a token would be sixteen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

__all__ = [
    "DEFAULT_MAX_TOKENS",
    "Cancel",
    "Command",
    "Delta",
    "Detokenize",
    "Detokenized",
    "Embed",
    "Event",
    "Failed",
    "Generate",
    "Hello",
    "Joined",
    "LimitPromptCache",
    "Load",
    "LoadFailed",
    "Loaded",
    "Picture",
    "Piece",
    "Ping",
    "Pong",
    "Prefill",
    "Reading",
    "Report",
    "Reused",
    "Sampling",
    "Schema",
    "Shed",
    "Step",
    "Taken",
    "TokenLogprob",
    "Tokenize",
    "Tokenized",
    "Vectors",
    "command_frames",
    "encode",
    "event_frames",
]

_LENGTH = struct.Struct(">I")
DEFAULT_MAX_TOKENS = 4096
"""An answer's bound when the request gives none: a model that never ends its turn must end
somewhere."""
MAX_FRAME_BYTES = 256 * 2**20
"""Far above any frame we make; a larger length means that the stream is out of step."""


class Sampling(msgspec.Struct, frozen=True):
    """How the next token is chosen. `None` means: as the checkpoint's `generation_config.json`
    says,
    else OpenAI's default (temperature 1, top_p 1, no penalty)."""

    seed: int
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: dict[int, float] = {}


class Schema(msgspec.Struct, frozen=True):
    """The JSON schema that an answer has to fit, as JSON; `lenient` passes over its keywords that
    cannot be enforced, which are an error otherwise."""

    text: str
    lenient: bool = False


class Load(msgspec.Struct, frozen=True, tag=True):
    """Load the checkpoint in the folder `path`, with the LoRA adapter in the folder `adapter`; a
    worker loads once in its life. `trusted` lets the checkpoint's own code run. `workspace_bytes`
    is what one request of an embedding model may take beside the weights, for a moment. With
    `tokenizer_only` it reads no weights, and answers `Tokenize` and `Detokenize` alone.

    `prompt_cache_bytes` is how much may be kept of prompts that were read, for requests that begin
    alike; in `prompt_cache_dir` some of it outlives the worker. With `kv_bits` keys and values are
    quantised. `draft` is the folder of a smaller model that writes ahead (speculative decoding).
    With `float32` weights of 16 bits are computed with in 32.
    """

    path: str
    kind: str
    max_batch: int
    adapter: str | None = None
    trusted: bool = False
    workspace_bytes: int | None = None
    tokenizer_only: bool = False
    prompt_cache_bytes: int = 0
    prompt_cache_dir: str | None = None
    kv_bits: int | None = None
    draft: str | None = None
    float32: bool = False


class Picture(msgspec.Struct, frozen=True, tag=True):
    """One of the pictures of request `id`, in their order, and before it: `rgb` has 8 bits a
    channel, row by row from the top, `width * height * 3` bytes.

    As pixels, not as a file: a file would be decoded by the thread that decodes tokens.
    """

    id: int
    width: int
    height: int
    rgb: bytes


class Generate(msgspec.Struct, frozen=True, tag=True):
    """Answer a chat (`messages`) or continue a text or token ids (`prompt`), `n` times.

    The content of a message is a text, or a list of `{"type": "text", "text": …}` and
    `{"type": "image"}`: the latter stand for the request's pictures, in order.

    With a `suffix` it is the text between `prompt` and that one.

    `max_tokens` None means up to the end of the model's context, but at most
    `DEFAULT_MAX_TOKENS`. `top_logprobs` None means no logprobs at all. With a
    `schema` nothing is generated that does not fit it, but for what a model thinks first.
    """

    id: int
    sampling: Sampling
    messages: list[dict[str, object]] | None = None
    prompt: str | list[int] | None = None
    suffix: str | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    top_logprobs: int | None = None
    template_options: dict[str, object] = {}
    schema: Schema | None = None


class Piece(msgspec.Struct, frozen=True, tag=True):
    """A piece of the inputs of request `id`, in order, and before it: the JSON of one text, of one
    list of token ids, or of a list of either.

    As JSON, as it came: to parse 100,000 texts takes 60 ms, which Jupyter's loop has not.
    """

    id: int
    data: bytes


class Embed(msgspec.Struct, frozen=True, tag=True):
    """A vector for each input; with a `query`, how well each input fits it: one number.

    `dimensions` are the first ones of each vector, made unit again. `truncate` cuts what is longer
    than the model's context, which is an error otherwise. `input_type` chooses the prompt that goes
    before each text. `normalize` False leaves the length of the vectors as the checkpoint makes it.
    """

    id: int
    dimensions: int | None = None
    truncate: bool = False
    input_type: str | None = None
    normalize: bool = True
    query: str | None = None


class Taken(msgspec.Struct, frozen=True, tag=True):
    """So many more vectors of request `id` are out of our hands: the worker computes only a little
    ahead of whoever reads them."""

    id: int
    rows: int


class Cancel(msgspec.Struct, frozen=True, tag=True):
    id: int


class Ping(msgspec.Struct, frozen=True, tag=True):
    """Answered between two steps by the thread that decodes: proof that it lives."""

    id: int


class Tokenize(msgspec.Struct, frozen=True, tag=True):
    """The token ids of a chat (`messages`, as in `Generate`, without pictures), or of a text
    (`prompt`): then with the tokenizer's own marks, unless `special` is False. `names` asks for the
    tokens themselves too. Answered by `Tokenized`, or in a `Step` by `Failed`."""

    id: int
    messages: list[dict[str, object]] | None = None
    prompt: str | None = None
    special: bool = True
    names: bool = False
    template_options: dict[str, object] = {}


class Detokenize(msgspec.Struct, frozen=True, tag=True):
    """The text of token ids, marks included. Answered by `Detokenized`, or by `Failed`."""

    id: int
    tokens: list[int]


class LimitPromptCache(msgspec.Struct, frozen=True, tag=True):
    """The prompt cache may take so many bytes from now on; answered by a `Report`."""

    max_bytes: int


class Shed(msgspec.Struct, frozen=True, tag=True):
    """Give back what is kept only for speed; answered by a `Report`."""


Command = (
    Load
    | Picture
    | Generate
    | Piece
    | Embed
    | Taken
    | Cancel
    | Ping
    | LimitPromptCache
    | Shed
    | Tokenize
    | Detokenize
)


class Reading(msgspec.Struct, frozen=True):
    """MLX's own counters in one worker; what Python, the libraries and the tokenizer take is beside
    them (about 65 MB for mlx-lm), and the pool reads that from outside. Of the active ones
    `prompt_cache_bytes` (of prompts that were read) and `image_cache_bytes` (features of pictures)
    are kept for speed only, and given back when asked."""

    active_bytes: int
    cached_bytes: int
    peak_bytes: int
    prompt_cache_bytes: int = 0
    image_cache_bytes: int = 0


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The worker is up, with its libraries imported: `device` is what MLX computes on
    (`cpu`, `gpu`), `blas` the file of the preloaded BLAS, if one is in this process;
    `device_memory_bytes` what the device recommends to use at most, None for a CPU."""

    pid: int
    device: str
    blas: str | None
    versions: dict[str, str]
    device_memory_bytes: int | None = None


class Loaded(msgspec.Struct, frozen=True, tag=True):
    weights_bytes: int
    context_length: int
    load_seconds: float
    reading: Reading


class LoadFailed(msgspec.Struct, frozen=True, tag=True):
    """`param` is "draft_model" where it is the draft that cannot be used."""

    code: str
    message: str
    param: str | None = None


class Report(msgspec.Struct, frozen=True, tag=True):
    """Unasked, at most once a second while the worker computes, and when it comes to rest."""

    reading: Reading


class Pong(msgspec.Struct, frozen=True, tag=True):
    id: int
    reading: Reading


class Tokenized(msgspec.Struct, frozen=True, tag=True):
    """`tokens` and `names` are JSON, a list each: a million numbers are passed on as they are, and
    not made twice on Jupyter's loop."""

    id: int
    count: int
    context_length: int
    tokens: bytes
    names: bytes | None = None


class Detokenized(msgspec.Struct, frozen=True, tag=True):
    id: int
    text: str


class Joined(msgspec.Struct, frozen=True, array_like=True):
    """Request `id` is tokenized and has joined the batch (or waits for a place in it);
    `prompt_tokens` are those of all its inputs.

    `image_tokens` of the prompt's tokens stand for pictures.
    """

    id: int
    prompt_tokens: int
    image_tokens: int = 0


class Prefill(msgspec.Struct, frozen=True, array_like=True):
    """So much of a prompt has been read. `known_image_tokens` of it stand for pictures that the
    worker had encoded before."""

    id: int
    done_tokens: int
    total_tokens: int
    known_image_tokens: int = 0


class Reused(msgspec.Struct, frozen=True, array_like=True):
    """Of the prompt of request `id` so many tokens were not read again: their keys and values were
    there, of an earlier request or of one that began alike. At most once a request."""

    id: int
    tokens: int


class TokenLogprob(msgspec.Struct, frozen=True, array_like=True):
    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Delta(msgspec.Struct, frozen=True, array_like=True):
    """New text of choice `index` of request `id`, and how many tokens were sampled for it.

    `finish` is None, "stop" or "length". The end-of-turn token is counted in `tokens`, as mlx-lm
    and vLLM do, and is never in `text`.

    `reasoning` is what a model thought before it answered, so it comes before the `text` of the
    same delta; `reasoning_tokens` of the `tokens` are thoughts and their marks.

    A draft wrote `accepted_tokens` of the `tokens` ahead, and `rejected_tokens` more in vain.
    """

    id: int
    index: int
    text: str
    tokens: int
    finish: str | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning: str = ""
    reasoning_tokens: int = 0
    accepted_tokens: int = 0
    rejected_tokens: int = 0


class Vectors(msgspec.Struct, frozen=True, array_like=True):
    """The next `rows` vectors of request `id`, in the order of its inputs: `data` has `width`
    little-endian float32 a row. None come after the `last`."""

    id: int
    rows: int
    width: int
    data: bytes
    last: bool = False


class Failed(msgspec.Struct, frozen=True, array_like=True):
    """Request `id` ended with an error; `code` is one of `errors`."""

    id: int
    code: str
    message: str
    param: str | None = None


class Step(msgspec.Struct, frozen=True, tag=True):
    """All that one turn of the worker's loop has to say."""

    deltas: tuple[Delta, ...] = ()
    joined: tuple[Joined, ...] = ()
    prefills: tuple[Prefill, ...] = ()
    failed: tuple[Failed, ...] = ()
    vectors: tuple[Vectors, ...] = ()
    reused: tuple[Reused, ...] = ()


Event = Hello | Loaded | LoadFailed | Pong | Report | Step | Tokenized | Detokenized

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(Command)
_events = msgspec.msgpack.Decoder(Event)


def encode(message: Command | Event) -> bytes:
    """One frame, length included."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def command_frames(buffer: bytearray) -> Iterator[Command]:
    """The whole commands at the head of `buffer`, which are taken off it."""
    return (_commands.decode(body) for body in _frames(buffer))


def event_frames(buffer: bytearray) -> Iterator[Event]:
    """The whole events at the head of `buffer`, which are taken off it."""
    return (_events.decode(body) for body in _frames(buffer))


def _frames(buffer: bytearray) -> Iterator[bytes]:
    while len(buffer) >= _LENGTH.size:
        (size,) = _LENGTH.unpack_from(buffer)
        if size > MAX_FRAME_BYTES:
            raise ValueError(f"a frame of {size} bytes: the stream is out of step")
        end = _LENGTH.size + size
        if len(buffer) < end:
            return
        with memoryview(buffer) as whole:  # a picture has megabytes: one copy is enough
            body = bytes(whole[_LENGTH.size : end])
        del buffer[:end]
        yield body
