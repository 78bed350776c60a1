"""Vectors that were made before, on disk, shared by all kernels of a user.

One SQLite file of digests and vectors; of the texts there is nothing. Each vector has a checksum,
and the file a size that it does not outgrow: what was used least recently leaves, first the oldest
hour. Whatever is wrong with the file (damaged, locked for too long, on a full or a read-only disk)
is a miss, never an error; a damaged one is begun anew.

SQLite's own rollback journal, not its write-ahead log: that needs shared memory, which home folders
on a network do not have.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from zlib import crc32

__all__ = ["VectorCache"]

T = TypeVar("T")

MOST_BYTES = 2 * 10**9
_NAME = "vectors-1.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS vectors (
  digest BLOB PRIMARY KEY, vector BLOB NOT NULL, used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_use ON vectors (used);
"""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY = 0xFF
"""Of an extended code (SQLITE_CORRUPT_INDEX), the part that is its kind."""
_CHECKSUM_BYTES = 4
_WAIT_SECONDS = 5.0
_KEPT_SHARE = 0.9
"""How full the file is left when something had to leave."""

_log = logging.getLogger(__name__)


class VectorCache:
    """`folder` None keeps nothing. Opens the file for each call, so that threads may share it; not
    again once it could not be used: nobody waits twice for a file that is locked."""

    def __init__(
        self,
        folder: Path | None,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._clock = clock

    @property
    def size_bytes(self) -> int:
        """Of the file, as it is on disk; 0 where there is none."""
        if self._folder is None:
            return 0
        try:
            return (self._folder / _NAME).stat().st_size
        except OSError:
            return 0

    def find(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """The vectors that are there, by their digests."""
        return self._tried(lambda database: self._find(database, digests)) or {}

    def keep(self, vectors: Mapping[bytes, bytes]) -> bool:
        """Whether they are on disk now."""
        return self._tried(lambda database: self._keep(database, vectors)) or False

    def _tried(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        if self._folder is None:
            return None
        try:
            return self._with_file(self._folder / _NAME, action)
        except (sqlite3.Error, OSError) as error:
            _log.debug("The cache in %s is not used: %s", self._folder, error)
            self._folder = None
            return None

    def _with_file(self, file: Path, action: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with closing(_opened(file)) as database:
                return action(database)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & _PRIMARY not in _DAMAGED:
                raise
        _log.debug("%s is damaged: another is begun.", file)
        for part in (file.with_name(f"{file.name}-journal"), file):
            part.unlink(missing_ok=True)
        with closing(_opened(file)) as database:
            return action(database)

    def _find(self, database: sqlite3.Connection, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        hour = self._hour()
        found, stale = {}, []
        database.execute("BEGIN")
        for digest in digests:
            row = database.execute(
                "SELECT vector, used FROM vectors WHERE digest = ?", (digest,)
            ).fetchone()
            if row and (vector := _unsealed(row[0])):
                found[digest] = vector
                stale += [(hour, digest)] * (row[1] < hour)
        database.execute("COMMIT")
        if stale:
            self._tried(lambda again: _touch(again, stale))
        return found

    def _keep(self, database: sqlite3.Connection, vectors: Mapping[bytes, bytes]) -> bool:
        hour = self._hour()
        rows = [(digest, _sealed(vector), hour) for digest, vector in vectors.items()]
        with database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        with database:
            self._trim(database)
        return True

    def _trim(self, database: sqlite3.Connection) -> None:
        used_bytes = _used_bytes(database)
        if used_bytes <= self._most_bytes:
            return
        (count,) = database.execute("SELECT COUNT(*) FROM vectors").fetchone()
        leaving = count - int(count * _KEPT_SHARE * self._most_bytes / used_bytes)
        oldest = "SELECT rowid FROM vectors ORDER BY used, rowid LIMIT ?"
        database.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})", (leaving,))  # noqa: S608

    def _hour(self) -> int:
        return int(self._clock() // 3600)


def _opened(file: Path) -> sqlite3.Connection:
    """Only the user may read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(file, timeout=_WAIT_SECONDS)
    try:
        database.executescript(_TABLE)
    except BaseException:
        database.close()
        raise
    return database


def _touch(database: sqlite3.Connection, rows: list[tuple[int, bytes]]) -> None:
    with database:
        database.executemany("UPDATE vectors SET used = ? WHERE digest = ?", rows)


def _used_bytes(database: sqlite3.Connection) -> int:
    """Pages that are free do not count: they are filled before the file grows."""
    names = ("page_size", "page_count", "freelist_count")
    size, count, free = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int(size * (count - free))


def _sealed(vector: bytes) -> bytes:
    return vector + crc32(vector).to_bytes(_CHECKSUM_BYTES)


def _unsealed(blob: object) -> bytes | None:
    """None for what is not as it was written."""
    if not isinstance(blob, bytes):
        return None
    vector, checksum = blob[:-_CHECKSUM_BYTES], blob[-_CHECKSUM_BYTES:]
    return vector if crc32(vector).to_bytes(_CHECKSUM_BYTES) == checksum else None
