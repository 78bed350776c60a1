"""Kept prompts that outlive their worker: one file each, in a folder of the model's own.

The folder's name has the digest of the model and of how it is computed with, so that what another
one has read is never taken. A file is written beside its place, reaches the disk,
and is then renamed: whoever looks sees all of it or nothing, also after a crash and beside other
workers of the same model. What the disk takes its time for is done by a thread of its own.

Within `max_bytes` and `MOST_FILES` a model; the file that was not used for longest is removed
first, and what no model has used for `MOST_DAYS` days. `LEAST_FREE_BYTES` of the disk are left to
others. What cannot be read is removed: it is no more than a cache. Nothing is touched that is not
named as ours, nor is anything read or written in a folder of another user's, who could have put
there what they like.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlx_lm.models.cache import load_prompt_cache, save_prompt_cache

from mlx_jupyter.worker.cache_head import metadata, read_tokens, written
from mlx_jupyter.worker.fetch import Fetch
from mlx_jupyter.worker.kv import KV, bytes_of, can_cut, settle
from mlx_jupyter.worker.prefixes import Tokens, common

__all__ = ["PromptCacheFiles"]

FORMAT = "1"
"""To be raised whenever what is in a file means something else."""
FOLDER = "mlx-jupyter-kv-"
SUFFIX = ".safetensors"
UNFINISHED = ".unfinished" + SUFFIX
_OURS = re.compile(r"[0-9a-f]{32}(\.\d+\.unfinished)?\.safetensors")
MOST_FILES = 1024
"""A prompt is compared with each, 1.6 us of a step, and a new worker opens each, 0.1 ms."""
MOST_DAYS = 30
LEAST_FREE_BYTES = 10**9
ABANDONED_SECONDS = 3600
_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
"""What a damaged or foreign file makes of MLX, mlx-lm and JSON."""


@dataclass(frozen=True)
class _File:
    path: Path
    tokens: Tokens
    size_bytes: int
    cuttable: bool


class PromptCacheFiles:
    """`layers` are the names of the model's cache classes: a file with others is none of ours."""

    def __init__(self, folder: Path, digest: str, layers: list[str], max_bytes: int) -> None:
        self._folder = folder / (FOLDER + digest)
        self._layers = layers
        self._max_bytes = max_bytes
        self._files: dict[str, _File] = {}
        self._seen_at_ns = -1
        self._writer: threading.Thread | None = None
        self._fetch: Fetch | None = None
        _remove_old(folder)

    def allow(self, max_bytes: int) -> None:
        """The bound is the most that the worker was ever allowed: what memory is short of for a
        while is no reason to forget what is on disk."""
        self._max_bytes = max(self._max_bytes, max_bytes)

    @property
    def busy(self) -> bool:
        """One file at a time."""
        return self._writer is not None and self._writer.is_alive()

    def load(self, tokens: Tokens, least: int, most_bytes: int) -> tuple[Tokens, KV] | None:
        """The file that has the longest beginning of the prompt, of at least `least` tokens and
        within `most_bytes`; None for none."""
        while (best := self._best(tokens, least, most_bytes)) is not None:
            kv = self._read(best)
            if kv is not None:
                return best.tokens, kv
        return None

    def fetched(self, tokens: Tokens, least: int, most_bytes: int) -> bool:
        """Whether `load` takes no time. If not, the file is fetched by and by (`read_on`), for as
        long as this is asked; one at a time."""
        best = self._best(tokens, least, most_bytes)
        if best is None:
            return True
        self._fetch = self._fetch or Fetch(best.path)
        if self._fetch.path != best.path:
            return False
        self._fetch.wanted = True
        return self._fetch.done

    def read_on(self, most_bytes: float) -> None:
        """Of the file that is fetched."""
        if self._fetch is None:
            return
        if not self._fetch.wanted:
            self._fetch = None
            return
        self._fetch.wanted = False
        try:
            self._fetch.go_on(most_bytes)
        except _UNREADABLE:
            self._remove(self._fetch.path)
            self._fetch = None

    def _best(self, tokens: Tokens, least: int, most_bytes: int) -> _File | None:
        self._look()
        fitting = [one for one in self._files.values() if one.size_bytes <= most_bytes]
        best = max(fitting, key=lambda one: _usable(one, tokens), default=None)
        return best if best is not None and _usable(best, tokens) >= least else None

    def save(self, tokens: Tokens, kv: KV, size_bytes: int) -> None:
        """Writes what `kv` holds; what cannot be written is passed over."""
        if size_bytes > self._max_bytes:
            return
        name = hashlib.blake2b(tokens.tobytes(), digest_size=16).hexdigest()
        unfinished = self._folder / f"{name}.{os.getpid()}{UNFINISHED}"
        words = {"format": FORMAT, "tokens": written(tokens), "cuttable": str(can_cut(kv))}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _require_ours(self._folder)
            _require_room(self._folder, size_bytes)
            settle(kv)
            save_prompt_cache(str(unfinished), kv, words)
            unfinished.chmod(0o600)
        except (OSError, RuntimeError, ValueError):  # a full disk; a state that is no array
            _unlink(unfinished)
            return
        place = self._folder / (name + SUFFIX)
        superseded = [one.path for one in self._files.values() if _superseded(one, tokens, kv)]
        self._writer = threading.Thread(
            target=self._publish, args=(unfinished, place, superseded), daemon=True
        )
        self._writer.start()

    def _publish(self, unfinished: Path, place: Path, superseded: Iterable[Path]) -> None:
        try:
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(place)
        except OSError:
            _unlink(unfinished)
            return
        for path in superseded:
            if path != place:
                _unlink(path)
        self._make_room()

    def _make_room(self) -> None:
        found = sorted(_sizes(self._folder), key=lambda one: one[1], reverse=True)
        left_bytes = self._max_bytes
        for place, (path, _, size_bytes) in enumerate(found):
            left_bytes -= size_bytes
            if left_bytes < 0 or place >= MOST_FILES:
                _unlink(path)

    def _look(self) -> None:
        """Reads the heads of files that are new: this worker's, or another's."""
        try:
            changed_ns = _require_ours(self._folder).st_mtime_ns
            if changed_ns == self._seen_at_ns:
                return
            names = [name for name in os.listdir(self._folder) if _OURS.fullmatch(name)]
        except OSError:
            self._files = {}
            return
        self._seen_at_ns = changed_ns
        wanted = [name for name in names if not name.endswith(UNFINISHED)]
        found = {name: self._files.get(name) or self._head(name) for name in wanted}
        self._files = {name: file for name, file in found.items() if file is not None}

    def _head(self, name: str) -> _File | None:
        path = self._folder / name
        try:
            if not path.is_file():  # to open a pipe would take for ever
                return None
            words = metadata(path)
            if words["0.format"] != FORMAT:
                raise ValueError(f"format {words['0.format']}")
            tokens = read_tokens(words["0.tokens"])
            return _File(path, tokens, path.stat().st_size, words["0.cuttable"] == "True")
        except FileNotFoundError:
            return None
        except _UNREADABLE:
            _unlink(path)
            return None

    def _read(self, file: _File) -> KV | None:
        """The file's, marked as used; None, and the file removed, where that is not possible."""
        fetch = self._fetch if self._fetch and self._fetch.path == file.path else None
        try:
            kv: KV = (fetch and fetch.kv) or load_prompt_cache(str(file.path))
            self._check(file, kv)
            settle(kv)
            os.utime(file.path)
        except _UNREADABLE:
            self._remove(file.path)
            return None
        finally:
            self._fetch = None if fetch else self._fetch
        return kv

    def _remove(self, path: Path) -> None:
        self._files.pop(path.name, None)
        _unlink(path)

    def _check(self, file: _File, kv: KV) -> None:
        layers = [type(layer).__name__ for layer in kv]
        lengths = {int(layer.offset) for layer in kv if hasattr(layer, "offset")}
        if layers != self._layers or lengths - {len(file.tokens)} or not bytes_of(kv):
            raise ValueError(f"{file.path.name}: {layers} of {lengths} tokens")


def _usable(file: _File, tokens: Tokens) -> int:
    shared = min(common(file.tokens, tokens), len(tokens) - 1)
    return shared if file.cuttable or shared == len(file.tokens) else 0


def _superseded(file: _File, tokens: Tokens, kv: KV) -> bool:
    """What begins as the new one, and only as that, is in it."""
    length = len(file.tokens)
    return length < len(tokens) and common(file.tokens, tokens) == length and can_cut(kv)


def _require_ours(folder: Path) -> os.stat_result:
    """Raises `OSError`, also for a link."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not ours")
    return found


def _require_room(folder: Path, size_bytes: int) -> None:
    """Raises `OSError`."""
    if shutil.disk_usage(folder).free < size_bytes + LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, f"{folder}: {os.strerror(errno.ENOSPC)}")


def _remove_old(folder: Path) -> None:
    """Of every model: what was not used for long, and what a worker left unfinished."""
    now = time.time()
    for one in _folders(folder):
        for path, used_at, _ in _sizes(one):
            age_seconds = now - used_at
            abandoned = path.name.endswith(UNFINISHED) and age_seconds > ABANDONED_SECONDS
            if abandoned or age_seconds > MOST_DAYS * 86400:
                _unlink(path)


def _folders(folder: Path) -> list[Path]:
    try:
        entries = list(os.scandir(folder))
        return [Path(one.path) for one in entries if one.name.startswith(FOLDER) and one.is_dir()]
    except OSError:
        return []


def _sizes(folder: Path) -> list[tuple[Path, float, int]]:
    """Path, time of the last use and size of each file."""
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                seen = entry.stat()
                if _OURS.fullmatch(entry.name):
                    found.append((Path(entry.path), seen.st_mtime, seen.st_size))
    return found


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
