"""A Hugging Face cache made by hand, laid out as the hub's own client leaves it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

MAIN = "a" * 40


def add_snapshot(
    cache: Path,
    repo: str,
    source: Path,
    commit: str = MAIN,
    refs: Collection[str] = ("main",),
    missing: Collection[str] = (),
    dangling: Collection[str] = (),
) -> Path:
    """Puts the files of `source` into the cache as a snapshot of `repo`, and returns its folder.

    `missing` files were not reached by the download; `dangling` ones are links without a blob.
    """
    folder = cache / f"models--{repo.replace('/', '--')}"
    snapshot = folder / "snapshots" / commit
    for each in (snapshot, folder / "blobs", folder / "refs"):
        each.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.name not in missing:
            blob = folder / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
            if file.name not in dangling:
                shutil.copyfile(file, blob)
            (snapshot / file.name).symlink_to(Path("../../blobs") / blob.name)
    for ref in refs:
        (folder / "refs" / ref).parent.mkdir(parents=True, exist_ok=True)
        (folder / "refs" / ref).write_text(commit)
    return snapshot
