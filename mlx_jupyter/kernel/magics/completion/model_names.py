"""The model ids that fit what is typed: loaded ones first, then those used last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from IPython.core.completer import SimpleCompletion

from mlx_jupyter.kernel.units import gigabytes
from mlx_jupyter.wire.pool import ModelStatus

__all__ = ["describe", "fitting", "suits"]

Condition = Callable[[ModelStatus], bool]

_KINDS = {"chat": ("text", "vision"), "see": ("vision",), "embed": ("embedding",)}
_HELD = ("running", "loading")
_VERBS: dict[str, Condition] = {
    "evict": lambda model: model.status in _HELD,
    "pin": lambda model: model.status in _HELD,
    "unpin": lambda model: model.pinned,
}


def suits(magic: str, verb: str | None) -> Condition:
    """Which models a magic, or a verb of `%mlx`, can do something with."""
    if magic == "mlx":
        return _VERBS.get(verb or "", lambda model: True)
    kinds = (*_KINDS[magic], "unknown")
    return lambda model: model.kind in kinds


def fitting(
    models: Mapping[str, ModelStatus],
    typed: str,
    condition: Condition,
    but: Collection[str] = (),
) -> list[SimpleCompletion]:
    """`typed` may be any part of an id, in whatever case."""
    part = typed.casefold()
    found = [
        (name, model)
        for name, model in models.items()
        if part in name.casefold() and name not in but and condition(model)
    ]
    found.sort(key=lambda each: _rank(each[0], each[1], part))
    return [SimpleCompletion(name, type=describe(model)) for name, model in found]


def _rank(name: str, model: ModelStatus, part: str) -> tuple[bool, float, bool]:
    begins = name.casefold().startswith(part)
    return model.status not in _HELD, -(model.last_used or 0.0), not begins


def describe(model: ModelStatus) -> str:
    """`text, 4.24 MB, loaded, pinned`. JupyterLab shows the first letter as a sign."""
    state = {"running": "loaded", "unloaded": ""}.get(model.status, model.status)
    pinned = "pinned" if model.pinned else ""
    return ", ".join(filter(None, (model.kind, gigabytes(model.size_gb), state, pinned)))
