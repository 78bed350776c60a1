from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mlx_jupyter.kernel.images.figure import figure_png

figures = pytest.importorskip("matplotlib.figure")


def drawn(value: Any) -> Image.Image:
    return Image.open(BytesIO(figure_png(value) or b""))


def test_a_figure_is_drawn_in_its_own_size() -> None:
    assert drawn(figures.Figure(figsize=(3, 2), dpi=100)).size == (300, 200)


def test_a_figure_that_was_closed_is_drawn() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    figure = pyplot.figure(figsize=(3, 2), dpi=100)
    pyplot.close(figure)
    assert drawn(figure).size == (300, 200)


def test_a_huge_figure_is_drawn_smaller() -> None:
    assert max(drawn(figures.Figure(figsize=(300, 200), dpi=300)).size) == 2048


def test_axes_are_cut_out_of_their_figure_with_their_labels() -> None:
    figure = figures.Figure(figsize=(6, 3), dpi=100)
    left, right = figure.subplots(1, 2)
    right.set_facecolor("red")
    left.set_facecolor("blue")
    image = drawn(right).convert("RGB")
    colors = {color for _, color in image.getcolors(2**20) or ()}
    assert (255, 0, 0) in colors
    assert (0, 0, 255) not in colors
    assert 200 < image.width < 320


def test_axes_are_cut_out_after_the_layout() -> None:
    figure = figures.Figure(figsize=(6, 3), dpi=100, layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor("red")
    image = drawn(axes).convert("RGB")
    assert image.width > 560
    assert image.getpixel((image.width // 2, 20)) == (255, 0, 0)


def test_axes_of_a_part_of_a_figure_are_cut_out() -> None:
    part = figures.Figure(figsize=(6, 3), dpi=100).subfigures(1, 2)[0]
    assert drawn(part.subplots()).width < 400


def test_axes_without_a_figure_are_none() -> None:
    figure = figures.Figure()
    axes = figure.subplots()
    axes.remove()
    assert axes.figure is not None or figure_png(axes) is None


@pytest.mark.parametrize("value", [5, "fig", None, object()])
def test_anything_else_is_no_figure(value: object) -> None:
    assert figure_png(value) is None
