"""The catalog: from the name that a user writes to the checkpoint on this machine.

    name ── aliases ──> id ── model_dirs, configured paths, hub cache, demos ──> folder

The sources are asked in that order, and the first that has the id wins. Everything here is
offline and reads files; it belongs in a thread, not on the event loop.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from mlx_jupyter.catalog.adapter import adapter_bytes, divided
from mlx_jupyter.catalog.checkpoint import Checkpoint, Kind
from mlx_jupyter.catalog.describe import describe
from mlx_jupyter.catalog.engine import has_architecture
from mlx_jupyter.catalog.fingerprint import Marks, fingerprint, marks_of
from mlx_jupyter.catalog.folders import ModelDir, NamedFolders
from mlx_jupyter.catalog.hub_cache import HubCache, default_hub_cache
from mlx_jupyter.catalog.json_file import read_object
from mlx_jupyter.catalog.near import near_ids
from mlx_jupyter.catalog.place import Place, Source
from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import CheckpointInvalid, ModelNotAllowed, ModelNotFound

__all__ = ["Catalog"]

_log = logging.getLogger(__name__)

_ALIAS_STEPS = 2
"""An alias may name an alias. No more steps are taken, so aliases in a circle end too."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a folder holds, as of a `stamp`: a checkpoint, or why it is none; and whether a library
    here `runs` it."""

    stamp: Marks
    checkpoint: Checkpoint | None
    problem: CheckpointInvalid | None = None
    runs: bool = False


_SHOWN = 200
"""Characters of a name that is none."""


class Catalog:
    """What is on this machine, by id.

    `configured` holds the ids that the server's own configuration names: an absolute path is an id
    only if it is among them, or an alias stands for it. `allowed_models` are glob patterns of
    ids; none means all. `hub_cache` is the Hugging Face cache, by default where the hub's own
    client keeps it. `kinds` overrides what is found out about a model, and the code of those that
    are `trusted` may run.
    """

    def __init__(
        self,
        model_dirs: Sequence[Path],
        aliases: Mapping[str, str],
        allowed_models: Sequence[str] = (),
        configured: Collection[str] = (),
        hub_cache: Path | None = None,
        kinds: Mapping[str, Kind] | None = None,
        trusted: Collection[str] = (),
    ) -> None:
        self._aliases = {name: os.path.expanduser(target) for name, target in aliases.items()}
        self._allowed = tuple(allowed_models)
        self._kinds = {self.canonical(name): kind for name, kind in (kinds or {}).items()}
        self._trusted = {self.canonical(name) for name in trusted}
        named = (*configured, *self._aliases.values())
        self._paths = NamedFolders.at_paths({part for each in named for part in _paths_in(each)})
        self._sources: tuple[Source, ...] = (
            *(ModelDir(folder.expanduser().absolute()) for folder in model_dirs),
            self._paths,
            HubCache(hub_cache if hub_cache is not None else default_hub_cache()),
            NamedFolders(MODELS),
        )
        self._known: dict[Place, _Known] = {}
        self._reading = threading.Lock()

    def canonical(self, name: str) -> str:
        """The id that `name` stands for: the target of an alias, else the name itself; in
        `BASE+ADAPTER` each half may be an alias. Pure."""
        target = self._target(name)
        parts = divided(target)
        return "+".join(map(self._half, parts)) if parts else target

    def _target(self, name: str) -> str:
        for _ in range(_ALIAS_STEPS):
            name = self._aliases.get(name, name)
        return name

    def _half(self, name: str) -> str:
        """An alias of a whole `BASE+ADAPTER` is none of a half: a base may have its name."""
        target = self._target(name)
        return name if divided(target) else target

    def admit(self, path: str) -> None:
        """Make an absolute path an id, as if the server's configuration had named it."""
        for part in filter(os.path.isabs, _paths_in(path)):
            self._paths.add(part)

    def find(self, name: str) -> Checkpoint:
        """The checkpoint with this name or alias.

        Raises `ModelNotAllowed`; `ModelNotFound`, with near names; `CheckpointInvalid` for one that
        is too damaged to describe.
        """
        model_id = self.canonical(name)
        if not self._is_allowed(model_id):
            raise ModelNotAllowed(
                f"Model '{model_id}' is not among the allowed models of this server "
                f"({', '.join(self._allowed)}). Choose one of them, or ask the administrator to "
                "add it to allowed_models."
            )
        place = self._locate(model_id)
        if place is None and (parts := divided(model_id)):
            return self._with_adapter(model_id, *parts)
        if place is None:
            raise ModelNotFound(self._not_found(name))
        known = self._look_at(place)
        if known.checkpoint is None:
            assert known.problem is not None
            raise known.problem.with_traceback(None)
        return known.checkpoint

    def _with_adapter(self, model_id: str, base: str, adapter: str) -> Checkpoint:
        place = self._locate(base)
        known = self._look_at(place) if place else None
        if known is None or known.checkpoint is None:
            return replace(self.find(base), id=model_id)  # raises: it says what is wrong
        folder = next((found for one in self._sources if (found := one.folder(adapter))), None)
        if folder is None:
            raise ModelNotFound(
                f"There is no adapter {adapter!a} here. It is a folder below one of model_dirs, or "
                "in the Hugging Face cache."
            )
        size_bytes = known.checkpoint.size_bytes + adapter_bytes(folder)
        return replace(
            known.checkpoint,
            id=model_id,
            size_bytes=size_bytes,
            adapter=folder,
            fingerprint=fingerprint(known.checkpoint.path, folder),
        )

    def discover(self) -> list[Checkpoint]:
        """Every local checkpoint that may be loaded: model_dirs and configured ones first, then the
        hub cache, then the demos, each sorted by id. Of two with one id the first counts.

        A damaged one, and one whose architecture no library here knows, is left out and logged.
        What is known of a folder is kept until a file in it changes.
        """
        found: dict[str, Checkpoint] = {}
        for place in self._places():
            if place.id not in found and self._is_allowed(place.id):
                known = self._look_at(place)
                if known.checkpoint is not None and known.runs:
                    found[place.id] = known.checkpoint
        return list(found.values())

    def _is_allowed(self, model_id: str) -> bool:
        return not self._allowed or any(fnmatchcase(model_id, glob) for glob in self._allowed)

    def _locate(self, model_id: str) -> Place | None:
        return next((place for each in self._sources if (place := each.find(model_id))), None)

    def _places(self) -> Iterator[Place]:
        for source in self._sources:
            yield from source.places()

    def _look_at(self, place: Place) -> _Known:
        """What lies there; from memory while its files stay as they were. Threads that ask at once
        wait for one of them to read."""
        stamp = marks_of(place.folder)
        with self._reading:
            known = self._known.get(place)
            if known is None or known.stamp != stamp:
                kind, trusted = self._kinds.get(place.id), place.id in self._trusted
                known = self._known[place] = _look(place, stamp, kind, trusted=trusted)
            return known

    def _not_found(self, name: str) -> str:
        ids = dict.fromkeys(place.id for place in self._places())
        aliases = [alias for alias in self._aliases if self.canonical(alias) in ids]
        allowed = [each for each in (*aliases, *ids) if self._is_allowed(self.canonical(each))]
        near = near_ids(name, allowed)
        model_id = self.canonical(name)
        stands_for = f" (an alias of {model_id!a})" if model_id != name else ""
        said = f"There is no model {_short(name)!a}{stands_for} here."
        if near:
            return f"{said} Did you mean {' or '.join(near)}?"
        some = ", ".join(allowed[:8]) or "none"
        return f"{said} Known: {some}. Download it, or add the folder that it is in to model_dirs."


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"


def _paths_in(model_id: str) -> tuple[str, ...]:
    """The id and its halves, of which each may be a path; so may be the whole, with a `+` in it."""
    return (model_id, *(divided(model_id) or ()))


def _look(place: Place, stamp: Marks, kind: Kind | None, *, trusted: bool) -> _Known:
    try:
        checkpoint = replace(describe(*place, kind=kind), trusted=trusted)
        model_type = str(read_object(place.folder / "config.json").get("model_type") or "")
    except CheckpointInvalid as error:
        _log.warning("Model '%s' is left out: %s", place.id, error.message)
        return _Known(stamp, None, problem=error)
    runs = has_architecture(checkpoint.kind, model_type)
    if not runs:
        _log.info("Model '%s' is left out: nothing here runs '%s'", place.id, model_type)
    return _Known(stamp, checkpoint, runs=runs)
