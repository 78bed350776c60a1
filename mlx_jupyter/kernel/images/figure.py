"""Matplotlib's figures as PNG. Matplotlib is not imported: who has a figure has Matplotlib."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

from mlx_jupyter.kernel.images.limits import MAX_SIDE_PIXELS

__all__ = ["figure_png", "is_figure"]

_MARGIN_INCHES = 0.05


def is_figure(value: Any) -> bool:
    """Whether `figure_png` draws it."""
    is_axes = _is_a(value, "matplotlib.axes", "Axes") and value.figure is not None
    return is_axes or _is_a(value, "matplotlib.figure", "Figure")


def figure_png(value: Any) -> bytes | None:
    """A Figure, or the part of one that an Axes takes with its labels; None for anything else."""
    if _is_a(value, "matplotlib.figure", "Figure"):
        return _saved(value, None, max(value.get_size_inches()))
    if _is_a(value, "matplotlib.axes", "Axes") and value.figure is not None:
        figure = value.figure.canvas.figure  # that of a SubFigure is the figure around it
        figure.draw_without_rendering()  # a layout that is yet to come would move the axes
        tight = value.get_tightbbox()
        box = (tight or value.bbox).transformed(figure.dpi_scale_trans.inverted())
        box = box.padded(_MARGIN_INCHES)
        return _saved(figure, box, max(box.width, box.height))
    return None


def _saved(figure: Any, box: Any, longer_side_inches: float) -> bytes:
    file = BytesIO()
    dpi = min(figure.dpi, MAX_SIDE_PIXELS / longer_side_inches)
    figure.savefig(file, format="png", bbox_inches=box, dpi=dpi)
    return file.getvalue()


def _is_a(value: object, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)
