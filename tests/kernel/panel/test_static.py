from __future__ import annotations

from mlx_jupyter.kernel.panel.static import StaticPanel
from tests.kernel.panel.facts import model, view


def test_the_table_says_of_when_it_is() -> None:
    panel = StaticPanel(view(a=model()))
    assert f">MLX memory as of {panel.stamp}: 2.00 GB of 10.0 GB used" in panel.as_html()
    assert panel.as_plain().startswith(f"MLX memory as of {panel.stamp}: ")


def test_a_row_is_headed_by_its_model() -> None:
    html = StaticPanel(view(a=model(pinned=True, pinned_by=["user"]))).as_html()
    assert '<th scope="row" style="text-align: left">a</th>' in html
    assert "pinned by you" in html


def test_an_empty_pool_says_so() -> None:
    assert "No model is loaded." in StaticPanel(view()).as_html()


def test_the_plain_text_has_the_rows() -> None:
    assert "a      text  2.00 GB  loaded" in StaticPanel(view(a=model())).as_plain()


def test_a_hint_is_in_both() -> None:
    panel = StaticPanel(view(), "Install ipywidgets.")
    assert "Install ipywidgets." in panel.as_plain()
    assert "Install ipywidgets." in panel.as_html()
