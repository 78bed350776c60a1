from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from mlx_jupyter.kernel.panel import markup
from mlx_jupyter.kernel.panel.rows import row
from mlx_jupyter.kernel.panel.state import PoolView
from mlx_jupyter.kernel.panel.static import StaticPanel
from mlx_jupyter.wire.pool import LoadProgress, PoolEvent
from tests.kernel.panel.facts import NOW, model, view

EVIL = "<img src=x onerror=alert(1)>\"'&"


def evil_view() -> PoolView:
    gone = PoolEvent(id=1, time=NOW, type="eviction", model=EVIL, reason=EVIL)
    failed = model("failed", last_error=EVIL, kind=EVIL)
    return view(gone, **{EVIL: model(), f"{EVIL}2": failed})


@pytest.mark.parametrize("make", [markup.bar, markup.legend, markup.log])
def test_what_comes_from_outside_is_escaped(make: object) -> None:
    html = make(evil_view())  # type: ignore[operator]
    assert "<img" not in html
    ElementTree.fromstring(html)


def test_the_static_table_is_escaped() -> None:
    html = StaticPanel(evil_view()).as_html()
    assert "<img" not in html
    ElementTree.fromstring(html)


def test_a_row_is_escaped() -> None:
    shown = row(EVIL, model("failed", last_error=EVIL), None)
    assert shown is not None
    assert "<img" not in markup.facts(shown)
    ElementTree.fromstring(markup.facts(shown))


def test_every_part_of_the_bar_is_in_the_legend_in_words() -> None:
    shown = view(a=model(), b=model())
    for words in ("a 2.00 GB", "b 2.00 GB", "free 6.00 GB"):
        assert words in markup.legend(shown)


def test_the_widths_of_the_bar_add_up() -> None:
    shares = re.findall(r"flex: ([0-9.]+)", markup.bar(view(a=model(), b=model())))
    assert sum(map(float, shares)) == pytest.approx(1, abs=1e-4)


def test_the_bar_is_read_out_as_a_sentence() -> None:
    read = 'aria-label="2.00 GB of 10.0 GB used (20 %, low), 8.00 GB free."'
    assert read in markup.bar(view(a=model()))


def test_models_have_hues_of_their_own() -> None:
    bar = markup.bar(view(a=model(), b=model(), c=model()))
    assert len(set(re.findall(r"background: (#\w+)", bar))) == len(["a", "b", "c", "free"])


def test_a_load_has_a_labelled_progress() -> None:
    progress = LoadProgress(stage="load", done_bytes=1, total_bytes=4, elapsed_seconds=1.0)
    shown = row("a", model("loading", progress=progress), None)
    assert shown is not None
    assert '<progress aria-label="a, loading 25 %" max="1" value="0.250"' in markup.facts(shown)


def test_an_error_is_said_not_only_coloured() -> None:
    shown = row("a", model("failed", last_error="no weights"), None)
    assert shown is not None
    assert "Error: no weights" in markup.facts(shown)
