from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images import limits
from mlx_jupyter.kernel.images.place import pictures_at


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 3), "red").save(name)


def labels(text: str) -> list[str]:
    return [picture.label for picture in pictures_at(text)]


def refusal(text: str) -> str:
    with pytest.raises(ImageInvalid) as raised:
        pictures_at(text)
    return raised.value.message


@pytest.mark.parametrize("url", ["https://example.org/a.png", "HTTP://example.org:80/a?b=c#d"])
def test_an_address_is_passed_on_as_it_is(url: str) -> None:
    (picture,) = pictures_at(url)
    assert (picture.url, picture.label) == (url, "example.org")
    assert (picture.thumbnail, picture.width, picture.height) == (None, None, None)


@pytest.mark.parametrize("url", ["https://", "http://[::1", "https://a.org/b c.png"])
def test_what_is_no_address_is_refused(url: str) -> None:
    assert "no address" in refusal(url)


def test_a_file_is_labelled_with_its_name() -> None:
    make("plots/a.png")
    assert labels("plots/a.png") == ["a.png"]


def test_a_path_may_begin_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    make("a.png")
    assert labels("~/a.png") == ["a.png"]


def test_a_pattern_is_sorted_as_people_count() -> None:
    make("plots/p10.png", "plots/p2.png", "plots/P1.png", "plots/p2b.png")
    assert labels("plots/*.png") == ["P1.png", "p2.png", "p2b.png", "p10.png"]


def test_a_pattern_matches_files_only() -> None:
    make("a.png")
    Path("b.png").mkdir()
    assert labels("*.png") == ["a.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file() -> None:
    make("a[1].png", "a1.png")
    assert labels("a[1].png") == ["a[1].png"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nowhere.png", "There is no file nowhere.png."),
        ("plots/*.png", "No file matches plots/*.png."),
        (".", ". is a folder: name a file in it, or ./*.png."),
        ("", "There is no file ."),
        ("a\0b.png", "There is no file a\0b.png."),
        ("x" * 300 + ".png", f"There is no file {'x' * 300}.png."),
    ],
)
def test_what_is_missing_is_named(text: str, said: str) -> None:
    assert refusal(text) == said


def test_a_file_that_is_no_picture_is_named() -> None:
    Path("notes.png").write_text("words")
    assert refusal("notes.png").startswith("notes.png is no picture that can be read here")


def test_a_pattern_that_matches_something_else_names_it() -> None:
    make("plots/a.png")
    Path("plots/b.txt").write_text("words")
    assert refusal("plots/*").startswith("b.txt is no picture")


def test_a_file_of_too_many_bytes_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 2**20)
    with Path("big.png").open("wb") as file:
        file.truncate(2**21)
    assert refusal("big.png") == "big.png has 2.0 MiB; at most 1 are taken."


@pytest.fixture
def png(encode: Any) -> bytes:
    data: bytes = encode(Image.new("RGB", (4, 3), "red"))
    return data


@pytest.mark.parametrize("kind", ["image/png", "image/png;charset=x", "", "text/plain"])
def test_a_data_url_is_read_whatever_it_says_it_is(png: bytes, sent: Any, kind: str) -> None:
    (picture,) = pictures_at(f"data:{kind};base64,{b64encode(png).decode()}")
    assert sent(picture).getpixel((0, 0)) == (255, 0, 0)
    assert (picture.label, picture.width) == ("image", 4)


def test_a_data_url_may_be_percent_encoded(png: bytes) -> None:
    assert pictures_at(f"DATA:image/png,{quote(png)}")[0].width == 4
    assert pictures_at(f"data:image/png;base64,{quote(b64encode(png))}")[0].width == 4


def test_a_data_url_is_made_no_larger_than_is_sent(encode: Any) -> None:
    data = encode(Image.new("RGB", (4000, 10)))
    assert pictures_at(f"data:image/png;base64,{b64encode(data).decode()}")[0].width == 2048


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("data:image/png;base64", "no comma"),
        ("data:image/png;base64,abc", "is no base64"),
        ("data:image/png;base64,", "is no picture"),
        ("data:,Hello", "is no picture"),
    ],
)
def test_a_data_url_without_a_picture_is_refused(url: str, words: str) -> None:
    assert words in refusal(url)
