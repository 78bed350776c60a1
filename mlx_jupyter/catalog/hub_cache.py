"""The Hugging Face cache on disk, read by hand: offline, and without the 0.15 s that importing the
hub's own client takes.

    models--ORG--NAME/
      refs/main            a text file with a commit; a branch or tag has its name for a file name
      snapshots/COMMIT/    the files, as links into
      blobs/

An id is `ORG/NAME`, or `ORG/NAME@REVISION` where the revision is a branch, a tag, or a commit or
its start. Without one it is the commit of `refs/main`, and where that is not there (a download
by commit writes no ref) the newest snapshot.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlx_jupyter.catalog.place import Place, has_weights, path_parts

__all__ = ["HubCache", "default_hub_cache", "hub_name"]

_PREFIX = "models--"
_NAME = re.compile(r"(?!.*--)[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{4,40}")
_MAX_REVISION_PARTS = 8


def default_hub_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the hub's own client keeps models, by the variables that it reads (2.4.0)."""
    cache_home = environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = environ.get("HF_HOME") or os.path.join(cache_home, "huggingface")
    old_name = environ.get("HUGGINGFACE_HUB_CACHE")
    cache = environ.get("HF_HUB_CACHE") or old_name or os.path.join(home, "hub")
    return Path(os.path.expandvars(os.path.expanduser(cache)))


def hub_name(model_id: str) -> tuple[str, str | None] | None:
    """Repository and revision, if the id is one that the hub could have, else `None`."""
    repo, at, revision = model_id.partition("@")
    names = repo.split("/")
    if len(names) > 2 or not all(map(_NAME.fullmatch, names)):
        return None
    if not at:
        return repo, None
    return (repo, revision) if path_parts(revision, _MAX_REVISION_PARTS) else None


class HubCache:
    """The models that the cache in `root` holds; the folder need not exist."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, model_id: str) -> Place | None:
        name = hub_name(model_id)
        if name is None:
            return None
        repo, revision = name
        folder = self._root / (_PREFIX + repo.replace("/", "--"))
        commit = _default_commit(folder) if revision is None else _commit(folder, revision)
        return Place(model_id, folder / "snapshots" / commit, commit) if commit else None

    def folder(self, model_id: str) -> Path | None:
        place = self.find(model_id)
        return place.folder if place else None

    def places(self) -> Iterator[Place]:
        """For every repository with weights the place of its default revision, sorted by id."""
        for entry in _names(self._root):
            if entry.startswith(_PREFIX):
                place = self.find(entry.removeprefix(_PREFIX).replace("--", "/"))
                if place is not None and has_weights(place.folder):
                    yield place


def _default_commit(repo: Path) -> str | None:
    return _ref(repo, "main") or _newest(repo)


def _commit(repo: Path, revision: str) -> str | None:
    """The commit that a branch, a tag, or the start of a commit names here; `None` also where such
    a start is that of several."""
    if commit := _ref(repo, revision):
        return commit
    if not _SHORT_COMMIT.fullmatch(revision):
        return None
    found = [commit for commit in _commits(repo) if commit.startswith(revision)]
    return found[0] if len(found) == 1 else None


def _ref(repo: Path, name: str) -> str | None:
    """The commit in a ref, if it is one and its snapshot is here."""
    try:
        commit = (repo / "refs" / name).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    is_here = _COMMIT.fullmatch(commit) and (repo / "snapshots" / commit).is_dir()
    return commit if is_here else None


def _newest(repo: Path) -> str | None:
    ages = {commit: (repo / "snapshots" / commit).stat().st_mtime_ns for commit in _commits(repo)}
    return max(ages, key=lambda commit: (ages[commit], commit), default=None)


def _commits(repo: Path) -> list[str]:
    return [name for name in _names(repo / "snapshots") if _COMMIT.fullmatch(name)]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        return []
