"""Checkpoints broken on purpose: a copy of a good one, and one thing done to it. Needs no MLX."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Defect = Callable[[Path], object]
"""Does its damage to the checkpoint in a folder; what it returns means nothing."""


def broken(good: Path, folder: Path, defect: str) -> Path:
    """Copies the checkpoint `good` to `folder` and does what `DEFECTS[defect]` does to it."""
    shutil.copytree(good, folder)
    DEFECTS[defect](folder)
    return folder


def edit_json(path: Path, **changes: Any) -> None:
    """Sets keys of a JSON object in a file, which may not be there yet; `None` takes a key out."""
    value = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    value.update(changes)
    kept = {key: each for key, each in value.items() if each is not None}
    path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def _remove(*names: str) -> Defect:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def _overwrite(name: str, data: bytes) -> Defect:
    return lambda folder: (folder / name).write_bytes(data)


def _truncate(size_bytes: int) -> Defect:
    return lambda folder: os.truncate(folder / "model.safetensors", size_bytes)


def _edit(name: str, **changes: Any) -> Defect:
    return lambda folder: edit_json(folder / name, **changes)


def _missing_shard(folder: Path) -> None:
    shards = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    (folder / "model.safetensors").rename(folder / shards[0])
    edit_json(folder / "model.safetensors.index.json", weight_map={"a": shards[0], "b": shards[1]})


def _dangling_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("../../blobs/0123456789abcdef")


_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 494112\n"
_CODE = {"auto_map": {"AutoTokenizer": ["custom.Tokenizer", None]}}
_BIG_VOCABULARY = {"type": "BPE", "vocab": {"a": 0, "b": 150000}, "merges": []}

DEFECTS: dict[str, Defect] = {
    # what `preflight` finds
    "no_config": _remove("config.json"),
    "broken_config": _overwrite("config.json", b'{"model_type": '),
    "config_is_a_list": _overwrite("config.json", b"[]"),
    "no_model_type": _edit("config.json", model_type=None),
    "unknown_model_type": _edit("config.json", model_type="frobnicate9"),
    "no_weights": _remove("model.safetensors"),
    "missing_shard": _missing_shard,
    "dangling_weights": _dangling_weights,
    "truncated_weights": _truncate(200_000),
    "truncated_header": _truncate(100),
    "garbage_weights": _overwrite("model.safetensors", bytes(range(255, -1, -1)) * 16),
    "malformed_header": _overwrite("model.safetensors", (9).to_bytes(8, "little") + b'{"a": {]}'),
    "empty_weights": _overwrite("model.safetensors", b""),
    "lfs_pointer": _overwrite("model.safetensors", _POINTER),
    "no_tokenizer": _remove("tokenizer.json", "tokenizer_config.json"),
    "broken_tokenizer_config": _overwrite("tokenizer_config.json", b"{"),
    "broken_chat_template": _edit(
        "tokenizer_config.json", chat_template="{% for m in x %}{{ m( }}"
    ),
    "model_file": _edit("config.json", model_file="custom.py"),
    "code_for_model": _edit("config.json", auto_map={"AutoModel": "custom.Model"}),
    "code_for_tokenizer": _edit("tokenizer_config.json", **_CODE),
    "code_for_processor": _edit("processor_config.json", **_CODE),
    "code_for_images": _edit("preprocessor_config.json", **_CODE),
    # what `check_tokenizer` finds
    "broken_tokenizer": _overwrite("tokenizer.json", b'{"version"'),
    "wrong_tokenizer": _edit("tokenizer.json", model=_BIG_VOCABULARY),
    # what only the loader finds
    "no_hidden_size": _edit("config.json", hidden_size=None),
    "wrong_shape": _edit("config.json", hidden_size=192),
    "more_layers": _edit("config.json", num_hidden_layers=9),
    "fewer_layers": _edit("config.json", num_hidden_layers=1),
    # what only shows in a chat
    "no_chat_template": _edit("tokenizer_config.json", chat_template=None),
    "refusing_chat_template": _edit(
        "tokenizer_config.json", chat_template="{{ raise_exception('roles must alternate') }}"
    ),
}
