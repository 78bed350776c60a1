"""What mlx-lm itself generates, in a process of its own (its import lowers the file limit for
good).

python tests/reference.py < requests.json     a list of {"path", "messages" | "prompt",
"max_tokens"}
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment


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
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(requests),
        env=worker_environment(os.environ, find_blas("auto")),
        capture_output=True,
        text=True,
        check=True,
    )
    return [Greedy(**answer) for answer in json.loads(done.stdout.splitlines()[-1])]


def _run(requests: dict[str, Any]) -> list[dict[str, Any]]:
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


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(json.load(sys.stdin))))
