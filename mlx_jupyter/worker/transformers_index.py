"""The index that transformers makes of itself at its import, made sooner.

To know which of its 1,650 files has which class it reads them all, and then nearly all again for
`transformers.models`: it remembers the last 128 folders of 500. And it splits every file into
lines to find the one that begins with `__all__`. Both were a third of what a worker's imports take
(transformers 5.23). What it finds stays the same.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

__all__ = ["MODULE", "quicken"]

MODULE = "transformers.utils.import_utils"
FETCH, INDEX = "fetch__all__", "create_import_structure_from_path"


def quicken() -> None:
    """To be called before the first import of transformers. Where it has been rewritten since,
    nothing changes."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != MODULE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        fetch = getattr(module, FETCH, None)
        if fetch is not None:
            vars(module)[FETCH] = functools.partial(_fetch_from_its_line, fetch)
        index = getattr(getattr(module, INDEX, None), "__wrapped__", None)
        if index is not None:
            vars(module)[INDEX] = functools.cache(index)


def _fetch_from_its_line(fetch: Callable[[str], list[str]], content: str) -> list[str]:
    """Of several lines that begin so, `fetch` takes the last."""
    return fetch(content[content.rfind("\n__all__") + 1 :])
