from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from mlx_jupyter.kernel.embedding.cache import VectorCache

HOUR_SECONDS = 3600.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


@pytest.fixture
def cache(folder: Path) -> VectorCache:
    return VectorCache(folder)


def file_of(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def drawn(count: int, length: int = 64, seed: int = 0) -> dict[bytes, bytes]:
    random = Random(seed)
    return {random.randbytes(16): random.randbytes(length) for _ in range(count)}


def test_what_was_kept_is_found_by_another(cache: VectorCache, folder: Path) -> None:
    vectors = drawn(1000)
    assert cache.keep(vectors)
    assert VectorCache(folder).find(list(vectors)) == vectors


def test_what_was_not_kept_is_not_found(cache: VectorCache) -> None:
    vectors = drawn(2)
    cache.keep(vectors)
    assert cache.find([bytes(16), *vectors]) == vectors


def test_a_vector_that_is_kept_again_is_the_newer_one(cache: VectorCache) -> None:
    for vector in (b"old.", b"new."):
        cache.keep({bytes(16): vector})
    assert cache.find([bytes(16)]) == {bytes(16): b"new."}


def test_without_a_folder_nothing_is_kept() -> None:
    cache = VectorCache(None)
    assert not cache.keep(drawn(1))
    assert cache.find(list(drawn(1))) == {}


def test_its_size_is_that_of_the_file_and_asking_makes_none(
    cache: VectorCache, folder: Path
) -> None:
    assert cache.size_bytes == 0
    assert not folder.exists()
    cache.keep(drawn(100))
    assert cache.size_bytes == file_of(folder).stat().st_size > 0


def test_only_the_user_may_read_it(cache: VectorCache, folder: Path) -> None:
    cache.keep(drawn(1))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file_of(folder).stat().st_mode & 0o777 == 0o600


def overwrite(file: Path) -> None:
    file.write_bytes(b"This is no database. " * 100)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def scramble(file: Path) -> None:
    """All but the first page."""
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(Random(1).randbytes(file.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [overwrite, cut, empty, scramble])
def test_a_damaged_file_is_a_miss_and_is_begun_anew(
    cache: VectorCache, folder: Path, damage: Callable[[Path], None]
) -> None:
    before, after = drawn(500), drawn(500, seed=2)
    cache.keep(before)
    damage(file_of(folder))
    assert cache.find(list(before)).items() <= before.items()
    assert cache.keep(after)
    assert cache.find(list(after)) == after


def test_a_vector_that_has_changed_on_disk_is_a_miss(cache: VectorCache, folder: Path) -> None:
    vectors = {bytes(16): b"the vector itself", bytes(15) + b"1": b"another vector..."}
    cache.keep(vectors)
    file = file_of(folder)
    file.write_bytes(file.read_bytes().replace(b"vector itself", b"VECTOR ITSELF"))
    assert list(cache.find(list(vectors))) == [bytes(15) + b"1"]


def test_a_place_that_cannot_be_a_folder_is_a_miss(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = VectorCache(tmp_path / "file")
    assert not cache.keep(drawn(1))
    assert cache.find(list(drawn(1))) == {}


def test_a_file_that_another_holds_for_too_long_is_a_miss(
    cache: VectorCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = drawn(3)
    cache.keep(vectors)
    monkeypatch.setattr("mlx_jupyter.kernel.embedding.cache._WAIT_SECONDS", 0.01)
    other = sqlite3.connect(file_of(folder), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert cache.find(list(vectors)) == {}
    assert not VectorCache(folder).keep(vectors)
    other.execute("COMMIT")
    other.close()
    assert VectorCache(folder).find(list(vectors)) == vectors


def test_nobody_waits_twice(cache: VectorCache, folder: Path) -> None:
    folder.parent.mkdir()
    folder.touch()
    assert not cache.keep(drawn(1))
    folder.unlink()
    assert not cache.keep(drawn(1))
    assert not folder.exists()


def test_it_does_not_outgrow_its_size(folder: Path) -> None:
    cache = VectorCache(folder, most_bytes=200_000)
    for seed in range(20):
        newest = drawn(100, 400, seed)
        assert cache.keep(newest)
        assert cache.find(list(newest)) == newest
    assert file_of(folder).stat().st_size < 300_000


def test_what_was_used_least_recently_leaves(folder: Path) -> None:
    now = 0.0
    cache = VectorCache(folder, most_bytes=200_000, clock=lambda: now)
    old, used, new = (drawn(150, 400, seed) for seed in range(3))
    cache.keep(used)
    cache.keep(old)
    now += HOUR_SECONDS
    cache.find(list(used))
    now += HOUR_SECONDS
    cache.keep(new)
    assert cache.find(list(new)) == new
    assert cache.find(list(used)) == used
    assert len(cache.find(list(old))) < len(old)


def test_threads_may_share_one(cache: VectorCache) -> None:
    parts = [drawn(200, seed=seed) for seed in range(8)]
    kept: list[bool] = []
    threads = [threading.Thread(target=lambda p=part: kept.append(cache.keep(p))) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [True] * 8
    assert all(cache.find(list(part)) == part for part in parts)


CODE = """
import sys
from pathlib import Path
from random import Random
from mlx_jupyter.kernel.embedding.cache import VectorCache

random = Random(sys.argv[2])
cache = VectorCache(Path(sys.argv[1]))
for _ in range(20):
    vectors = {random.randbytes(16): random.randbytes(256) for _ in range(50)}
    assert cache.keep(vectors)
    assert cache.find(list(vectors)) == vectors
"""


def test_several_kernels_may_write_at_once(folder: Path) -> None:
    command = [sys.executable, "-c", CODE, str(folder)]
    running = [subprocess.Popen([*command, str(seed)]) for seed in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    with sqlite3.connect(file_of(folder)) as database:
        assert database.execute("SELECT COUNT(*) FROM vectors").fetchone() == (3000,)
    database.close()
