"""A real checkpoint that says what it is told to: each token of the script follows the one before.

Attention and MLP add nothing, so the last hidden state is the embedding of the last token, and the
head is made of these embeddings: a model that knows nothing but which token follows which.
"""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

__all__ = ["scripted"]

_SILENT = ("o_proj.weight", "down_proj.weight")


def scripted(source: Path, folder: Path, script: str, *, opened: bool = False) -> Path:
    """`source`, a random Qwen 3, as one that answers with `script` and ends its turn. With `opened`
    its template ends with `<think>`. No token may be in the script twice, nor be a line end, with
    which a prompt ends."""
    shutil.copytree(source, folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    chain = tokenizer.encode("\n" + script + "<|im_end|>", add_special_tokens=False).ids
    assert len(set(chain)) == len(chain), [tokenizer.decode([token]) for token in chain]
    weights = load_file(folder / "model.safetensors")
    for name in weights:
        if name.endswith(_SILENT):
            weights[name] = np.zeros_like(weights[name])
    embeddings = weights["model.embed_tokens.weight"]
    head = np.zeros_like(embeddings)
    for token, follower in itertools.pairwise(chain):
        head[follower] = embeddings[token] / np.linalg.norm(embeddings[token])
    weights["lm_head.weight"] = head
    save_file(weights, folder / "model.safetensors", metadata={"format": "mlx"})
    _edit(folder / "config.json", "tie_word_embeddings", False)
    if opened:
        file = folder / "tokenizer_config.json"
        template = json.loads(file.read_text())["chat_template"]
        _edit(file, "chat_template", template.replace("assistant\n'", "assistant\n<think>\n'"))
    return folder


def _edit(file: Path, name: str, value: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), name: value}))
