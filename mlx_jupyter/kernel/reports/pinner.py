"""Who pins a model, in words."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["pinners"]

_USER = "user"
_SHORT = 8
"""Enough of a kernel's id to tell it from the others."""


def pinners(names: Iterable[str], own_kernel: str | None) -> str:
    """`names` are `user` and the ids of kernels, as the server gives them."""
    return ", ".join(_pinner(name, own_kernel) for name in names)


def _pinner(name: str, own_kernel: str | None) -> str:
    if name == _USER:
        return "you"
    return "this notebook" if name == own_kernel else f"kernel {name[:_SHORT]}"
