"""What goes into an intake, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.messages import Picture

__all__ = ["Source", "Taken"]


@dataclass(frozen=True)
class Source:
    """An image as the request has it: `where` names its field, `url` is an http(s) or data: URL."""

    where: str
    url: str | memoryview
    low_detail: bool = False


@dataclass(frozen=True)
class Taken:
    """`warnings` say what was done to the pictures."""

    pictures: tuple[Picture, ...] = ()
    warnings: tuple[str, ...] = ()
