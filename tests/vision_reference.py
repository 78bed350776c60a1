"""What mlx-vlm itself generates, in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from tests.standing import Standing, serve

__all__ = ["Chat", "Seen", "greedy"]

LIBRARY = Standing(
    "tests.vision_reference", lambda: worker_environment(os.environ, find_blas("auto"))
)


@dataclass(frozen=True)
class Seen:
    """The text of mlx-lm's detokenizer, for mlx-vlm's own loses what ends in half a character."""

    text: str
    tokens: int
    prompt_tokens: int


@dataclass(frozen=True)
class Chat:
    """`messages` with parts for the `pictures`, which are files."""

    messages: list[dict[str, Any]]
    pictures: Sequence[str] = ()


def greedy(path: Path, chats: list[Chat], max_tokens: int) -> list[Seen]:
    """`mlx_vlm.stream_generate` at temperature 0, one chat at a time, in a worker's environment."""
    request = {
        "path": str(path),
        "chats": [asdict(chat) for chat in chats],
        "max_tokens": max_tokens,
    }
    return [Seen(**answer) for answer in LIBRARY.ask(request)]


def _run(request: dict[str, Any]) -> list[dict[str, Any]]:
    import mlx_lm.tokenizer_utils
    from mlx_vlm import load, stream_generate
    from mlx_vlm.prompt_utils import apply_chat_template
    from PIL import Image

    model, processor = load(request["path"])
    tokenizer = mlx_lm.tokenizer_utils.load(Path(request["path"]))
    answers = []
    for chat in request["chats"]:
        prompt = apply_chat_template(processor, model.config, chat["messages"])
        images = [Image.open(file).convert("RGB") for file in chat["pictures"]]
        parts = list(
            stream_generate(
                *(model, processor, prompt),
                image=images or None,
                max_tokens=request["max_tokens"],
                temperature=0.0,
            )
        )
        detokenizer = tokenizer.detokenizer
        last, tokens = parts[-1], parts[-1].token_ids
        ends = processor.tokenizer.stopping_criteria.eos_token_ids
        for token in tokens:
            if token not in ends:
                detokenizer.add_token(token)
        detokenizer.finalize()
        answers.append(asdict(Seen(detokenizer.text, len(tokens), last.prompt_tokens)))
    return answers


if __name__ == "__main__":
    serve(_run)
