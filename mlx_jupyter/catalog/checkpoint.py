"""What is known of a model before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlx_jupyter.catalog.kv_cache import KVShape

__all__ = ["Checkpoint", "Kind"]

Kind = Literal["text", "vision", "embedding"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with a model's files, described from those files alone.

    `why` says in words how `kind` was found out, and `decided_by` names the field. `size_bytes` is
    the footprint: the bytes of the weights once loaded (see `footprint`). `context_length` is in
    tokens, `None` where the config names none. `revision` is the commit of a Hugging Face snapshot,
    `None` for a plain folder. `fingerprint` is another one whenever a file is. `created` is when
    the files came here, in seconds since 1970. `kv` says what a running request takes. `adapter` is
    the folder of a LoRA adapter that is loaded on top. `trusted`: its own code may run. `ranks`: of
    kind embedding, it is a cross-encoder, which makes no vectors. `float32_bytes` is the footprint
    once its 16-bit floats have been made 32-bit ones, None where there are none; of a `quantised`
    one they are the scales. `model_type` is the config's.
    """

    id: str
    path: Path
    kind: Kind
    why: str
    family: str
    context_length: int | None
    size_bytes: int
    revision: str | None
    created: int
    fingerprint: str = ""
    decided_by: str = "default"
    kv: KVShape = field(default_factory=KVShape)
    adapter: Path | None = None
    trusted: bool = False
    ranks: bool = False
    float32_bytes: int | None = None
    quantised: bool = False
    model_type: str = ""

    @property
    def state(self) -> str:
        """Another one whenever what it is made of changes: an adapter is in no commit."""
        return self.revision if self.revision and not self.adapter else self.fingerprint
