"""What a vector is kept under: a hash of its text, and of all else that made it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from mlx_jupyter.kernel.embedding.row import Row

__all__ = ["digests"]

_BYTES = 16


def digests(rows: Iterable[Row], made_by: dict[str, Any]) -> list[bytes]:
    """One a row. `made_by` names the model, its revision and the options, as plain values."""
    context = msgspec.json.encode(made_by, order="deterministic")
    keyed = hashlib.blake2b(key=hashlib.blake2b(context).digest(), digest_size=_BYTES)
    found = []
    for row in rows:
        digest = keyed.copy()
        digest.update(b"t" + row.encode() if isinstance(row, str) else msgspec.json.encode(row))
        found.append(digest.digest())
    return found
