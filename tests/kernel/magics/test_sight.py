"""Where on a `%see` line the pictures end and the question begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.error import UsageError
from PIL import Image

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.magics.image_words import ImageWords
from mlx_jupyter.kernel.magics.see import SeeMagics
from mlx_jupyter.kernel.magics.sight import parse_sight

URL = "https://a.org/b.png?c=1"
DATA = "data:image/gif;base64,R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="


class Looked:
    """What became of a line: the labels of the pictures, and the question."""

    def __init__(self, shell: Any, line: str, cell: str | None = None) -> None:
        question, pictures = parse_sight(SeeMagics.see.parser, ImageWords(shell), line, cell)
        self.labels = [picture.label for picture in pictures]
        self.question, self.options, self.variable = (
            question.prompt,
            question.options,
            question.variable,
        )


@pytest.fixture
def see(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    red = Image.new("RGB", (4, 3), "red")
    for name in ("a.png", "my a.png", "p2.png", "p10.png", "bare"):
        red.save(name, "PNG")
    Path("notes").write_text("words")
    Path("plots").mkdir()
    names: dict[str, Any] = {"img": red, "imgs": [red, red], "red": "a color", "n": 5}
    names |= {"d": {"a b": red}, "x": np.arange(3), "loud": np.array([[200.0]]), "file": "a.png"}
    names |= {"half": red.resize, "calls": [], "empty": [], "Out": {3: red}, "_": red}
    names |= {"In": ["", "x"], "texts": ["one", "two"]}
    shell.user_ns.update(names)

    def look(line: str, cell: str | None = None) -> Looked:
        return Looked(shell, line, cell)

    return look


@pytest.mark.parametrize(
    ("line", "labels", "question"),
    [
        ("a.png What is it?", ["a.png"], "What is it?"),
        ("{{img}} {{ imgs[0] }} it?", ["img", "imgs[0]"], "it?"),
        ("a.png", ["a.png"], "What is in this image?"),
        ("a.png img", ["a.png", "img"], "What is in these images?"),
        ("a.png, img, which?", ["a.png", "img"], "which?"),
        ("'my a.png' What's this?", ["my a.png"], "What's this?"),
        (r"my\ a.png Why?", ["my a.png"], "Why?"),
        ("p*.png Which?", ["p2.png", "p10.png"], "Which?"),
        (f"{URL} {DATA} Why?", ["a.org", "image"], "Why?"),
        ("bare Why?", ["bare"], "Why?"),
        ("img bare Why?", ["img", "bare"], "Why?"),
        ("imgs[0] Why?", ["imgs[0]"], "Why?"),
        ("img In which city?", ["img"], "In which city?"),
        ("img texts of it?", ["img"], "texts of it?"),
        ("imgs Why?", ["imgs[0]", "imgs[1]"], "Why?"),
        ("d['a b'] Why?", ["d['a b']"], "Why?"),
        ("half((2, 2)) Why?", ["half((2, 2))"], "Why?"),
        ("[i for i in imgs] Why?", ["[i for i in imgs][0]", "[i for i in imgs][1]"], "Why?"),
        ("sorted(imgs, key=id)[0] Why?", ["sorted(imgs, key=id)[0]"], "Why?"),
        ("Out[3] _ Why?", ["Out[3]", "_"], "Why?"),
        ("file Why?", ["a.png"], "Why?"),
        ("img file Why?", ["img", "a.png"], "Why?"),
        ("img red or blue?", ["img"], "red or blue?"),
        ("img n of them?", ["img"], "n of them?"),
        ("img x against y?", ["img"], "x against y?"),
        ("img empty or full?", ["img"], "empty or full?"),
        ("img list what you see.", ["img"], "list what you see."),
        ("img print", ["img"], "print"),
        ("img 2 cats?", ["img"], "2 cats?"),
        ("img (what is it?", ["img"], "(what is it?"),
        ('img "What is it?"', ["img"], '"What is it?"'),
        ("img notes or plots?", ["img"], "notes or plots?"),
        ("img ? or !", ["img"], "? or !"),
        ("img - what is it?", ["img"], "- what is it?"),
        ("img what is  a.png -t 0", ["img"], "what is  a.png -t 0"),
        ("img -- img is what?", ["img"], "img is what?"),
        ("img --", ["img"], "What is in this image?"),
        ("img -5 or 5?", ["img"], "-5 or 5?"),
        ("img -- -t or t?", ["img"], "-t or t?"),
    ],
)
def test_the_question_begins_with_the_first_word_that_is_no_picture(
    see: Any, line: str, labels: list[str], question: str
) -> None:
    looked = see(line)
    assert (looked.labels, looked.question) == (labels, question)


def test_options_stand_before_and_between_the_pictures(see: Any) -> None:
    looked = see("-m org/name img -t 0 a.png --stop \\n -o answer Why?")
    assert (looked.labels, looked.question, looked.variable) == (["img", "a.png"], "Why?", "answer")
    options = {name: value for name, value in looked.options.items() if value is not None}
    assert options == {"model": "org/name", "temperature": 0.0, "stop": ["\n"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("What is this?", "What is no file, and there is no variable 'What'."),
        ("nowhere.png", "There is no file nowhere.png."),
        ("img nowhere.png Why?", "There is no file nowhere.png."),
        ("plots/*.png", "No file matches plots/*.png."),
        ("plots/nowhere", "There is no file plots/nowhere."),
        ("plots", "plots is no file, and there is no variable 'plots'."),
        ("'my b' Why?", "There is no file my b."),
        ("notes Why?", "notes is no picture that can be read here: PNG,"),
        ("n", "n is no picture: its type is int."),
        ("x", "x is an array of 3; a picture has"),
        ("loud", "loud holds floats from 200 to 200"),
        ("img loud", "loud holds floats from 200 to 200"),
        ("empty", "empty holds no picture."),
        ("imgs[9]", "imgs[9] failed: IndexError: list index out of range"),
        ("img imgs[9] Why?", "imgs[9] failed: IndexError"),
        ("img n+1 Why?", "n+1 is no picture: its type is int."),
        ("img.png", "There is no file img.png."),
        ("a? Why?", "a? is neither a file nor a URL nor an expression."),
        ("5", "There is no file 5."),
    ],
)
def test_what_is_no_picture_where_one_must_be_is_named(see: Any, line: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        see(line)
    assert raised.value.message.startswith(said)


@pytest.mark.parametrize("line", ["", "  ", "-t 0", "-- What is it?"])
def test_without_a_picture_the_usage_is_told(see: Any, line: str) -> None:
    with pytest.raises(UsageError, match=r"%see IMAGE… \[question\]"):
        see(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("img -x or y?", "put -- before a question that begins with a dash; %see? shows"),
        ("--max 3 img", "Unknown option: --max"),
        ("img -t hot", "invalid number value: 'hot'"),
        ("-s 'open img", "No closing quotation"),
    ],
)
def test_a_wrong_option_is_one_line(see: Any, line: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        see(line)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_expression_is_evaluated_once(see: Any, shell: Any) -> None:
    see("img [calls.append(1),img][1] Why?")
    assert shell.user_ns["calls"] == [1]


def test_of_a_cell_the_line_names_pictures_only(see: Any) -> None:
    looked = see("-t 0 img a.png", "What has changed?\n  Tell me.\n")
    assert (looked.labels, looked.question) == (["img", "a.png"], "What has changed?\n  Tell me.")


def test_an_empty_cell_asks_what_is_there(see: Any) -> None:
    assert see("img", "\n").question == "What is in this image?"


@pytest.mark.parametrize("line", ["img red", "img What is it?", "img -- What is it?"])
def test_a_question_beside_a_cell_magic_is_pointed_out(see: Any, line: str) -> None:
    with pytest.raises((UsageError, InvalidRequest)):
        see(line, "What is it?")
