"""`GET v1/models` and `GET v1/models/{id}`: OpenAI's list, with what a notebook wants to know."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Model", "ModelList"]


class Model(Struct):
    """`size_bytes` is the footprint before a load, the measured reading after it.

    `why` says how `kind` was found out, and `decided_by` by which field. `state` is `absent`,
    `loading`, `ready` or `unloading`; `last_error` says why the last load or worker failed, until
    the next one succeeds. `revision` is another one whenever the files are: the commit of a
    Hugging Face snapshot, else a fingerprint.
    """

    id: str
    created: int
    kind: str
    family: str
    state: str
    size_bytes: int
    pinned: bool
    context_length: int | None
    path: str
    why: str
    last_error: str | None = None
    decided_by: str | None = None
    revision: str | None = None
    object: Literal["model"] = "model"
    owned_by: str = "local"


class ModelList(Struct):
    data: list[Model]
    object: Literal["list"] = "list"
