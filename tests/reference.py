"""What mlx-lm itself generates and keeps, in a process of its own."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from tests.standing import Standing, serve

__all__ = ["Greedy", "greedy", "kept_bytes"]

LIBRARY = Standing("tests.reference", lambda: worker_environment(os.environ, find_blas("auto")))


@dataclass(frozen=True)
class Greedy:
    """The text, and the tokens that were sampled for it, the end-of-turn token included."""

    text: str
    tokens: int
    prompt_tokens: int
    finish: str


def greedy(
    path: Path,
    chats: list[list[dict[str, str]]],
    max_tokens: int,
    *,
    float32: bool = False,
    **options: Any,
) -> list[Greedy]:
    """`mlx_lm.stream_generate` at temperature 0, one chat at a time, in a worker's environment;
    with `float32` the model is cast first. `options` are those of `stream_generate`."""
    requests = {
        "path": str(path),
        "chats": chats,
        "float32": float32,
        "options": {"max_tokens": max_tokens, **options},
    }
    return [Greedy(**answer) for answer in LIBRARY.ask("greedy", requests)]


def kept_bytes(path: Path, counts: list[int], bits: int | None = None) -> dict[int, int]:
    """What a cache takes once it holds so many tokens, for each of `counts`; with `bits` as
    mlx-lm quantises it then."""
    return dict(zip(counts, LIBRARY.ask("kept_bytes", str(path), counts, bits), strict=True))


def _kept_bytes(path: str, counts: list[int], bits: int | None) -> list[int]:
    import mlx.core as mx
    from mlx_lm import load
    from mlx_lm.models.cache import make_prompt_cache

    model, _ = load(path)
    found = []
    for tokens in counts:
        cache = make_prompt_cache(model)
        model(mx.zeros((1, tokens), dtype=mx.int32), cache=cache)
        mx.eval([layer.state for layer in cache])
        if bits is not None:
            cache = [layer.to_quantized(group_size=64, bits=bits) for layer in cache]
        found.append(sum(layer.nbytes for layer in cache))
    return found


def _greedy(requests: dict[str, Any]) -> list[dict[str, Any]]:
    import mlx.core as mx
    from mlx_lm import load, stream_generate

    model, tokenizer = load(requests["path"])
    if requests["float32"]:
        model.set_dtype(mx.float32)
    answers = []
    for chat in requests["chats"]:
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True)
        parts = list(stream_generate(model, tokenizer, prompt, **requests["options"]))
        text = "".join(part.text for part in parts)
        last = parts[-1]
        answers.append(
            asdict(Greedy(text, last.generation_tokens, len(prompt), last.finish_reason))
        )
    return answers


def _answer(what: str, *question: Any) -> Any:
    return {"greedy": _greedy, "kept_bytes": _kept_bytes}[what](*question)


if __name__ == "__main__":
    serve(_answer)
