from __future__ import annotations

import re

import nbformat
from nbconvert import HTMLExporter
from PIL import Image

from mlx_jupyter.kernel.images.encoding import picture_of_image
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.images.strip import strip_html, strip_plain

PHOTO = picture_of_image(Image.new("RGB", (640, 480), "red"), "photo.png").preview
PAGE = Preview("example.org")
ODD = "<script>`a` $x$ \"b\" 'c' [d](e) &amp; *f*"


def test_in_a_terminal_each_has_its_label_and_size() -> None:
    assert strip_plain([PHOTO, PAGE]) == "[photo.png 640×480] [example.org]"


def test_in_a_notebook_each_is_a_picture_or_its_label() -> None:
    found = re.fullmatch(
        r'<img src="data:image/(png|jpeg);base64,\S+" (.*)> (.*)', strip_html([PHOTO, PAGE])
    )
    assert found is not None
    assert found[2] == 'alt="photo.png" title="photo.png 640×480"'
    assert found[3] == "&#91;example.org&#93;"


def test_without_pictures_there_is_none() -> None:
    assert strip_html([]) == strip_plain([]) == ""


def test_of_many_the_first_are_shown() -> None:
    assert strip_html([PHOTO] * 20).count("<img") == 12
    assert strip_html([PHOTO] * 20).endswith("> and 8 more")
    assert strip_plain([PAGE] * 13).endswith("[example.org] and 1 more")


def test_a_label_is_text_whatever_it_holds() -> None:
    said = (
        strip_html([Preview(ODD)]) + strip_html([Preview(ODD, b"\xff", 1, 1)]).partition("alt=")[2]
    )
    assert not set("<$*`[('") & set(said)


def test_nbconvert_shows_the_picture_and_the_text() -> None:
    shown = f"{strip_html([Preview(ODD, PHOTO.thumbnail, 4, 3), PAGE])}\n\nA *red* square."
    output = nbformat.v4.new_output("display_data", {"text/markdown": shown})
    cell = nbformat.v4.new_code_cell("%see photo.png", outputs=[output])
    html, _ = HTMLExporter(template_name="basic").from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    assert re.search(r'<img[^>]* src="data:image/(png|jpeg);base64,', html)
    assert "A <em>red</em> square." in html
    assert "<script>`" not in html
