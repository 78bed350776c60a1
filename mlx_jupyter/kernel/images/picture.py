"""A picture that is ready to be sent, and what is shown of it beside the answer."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Picture", "Preview"]


@dataclass(frozen=True)
class Preview:
    """`label` is short: a file's name, an expression, the host of a URL. `thumbnail` is a PNG or
    JPEG. What was only passed on as a URL was not looked at: no thumbnail, no size in pixels."""

    label: str
    thumbnail: bytes | None = field(default=None, repr=False)
    width: int | None = None
    height: int | None = None

    def __str__(self) -> str:
        return f"{self.label} {self.width}×{self.height}" if self.width else self.label


@dataclass(frozen=True)
class Picture(Preview):
    """`url` is what is sent: a `data:` URL with the picture in it, or an `http(s):` one."""

    url: str = field(default="", repr=False)

    @property
    def preview(self) -> Preview:
        """The part that may stay in a notebook: never the whole picture."""
        return Preview(self.label, self.thumbnail, self.width, self.height)
