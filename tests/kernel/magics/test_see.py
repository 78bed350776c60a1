"""`%see`, `%%see` and `%%chat -i` against a server that keeps what it was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from PIL import Image

TEXT = "MLX is an array framework."
DRAW = "from PIL import Image; img = Image.new('RGB', (640, 480), 'red')"


@pytest.fixture
def sighted(shell: Any, use_canned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A shell in a folder with a picture, and a variable that is one."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (640, 480), "red").save("photo.png")
    shell.run_cell(DRAW)
    return shell


def sent(canned: Any) -> tuple[list[str], str]:
    """The URLs and the text of the last message."""
    *images, text = canned.requests[-1].messages[-1].content
    return [part.image_url.url for part in images], text.text


def test_the_pictures_and_the_question_are_sent(sighted: Any, use_canned: Any) -> None:
    sighted.run_cell("%see photo.png https://a.org/b.png What is it?")
    urls, text = sent(use_canned)
    assert urls[0].startswith("data:image/png;base64,")
    assert (urls[1], text) == ("https://a.org/b.png", "What is it?")


def test_the_cell_is_the_question(sighted: Any, use_canned: Any) -> None:
    sighted.run_cell("%%see img photo.png\nWhat's {x}\nin $them?")
    urls, text = sent(use_canned)
    assert (len(urls), text) == (2, "What's {x}\nin $them?")


def test_a_terminal_shows_the_pictures_then_the_answer(
    sighted: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sighted.run_line_magic("see", "photo.png img")
    assert capsys.readouterr().out == f"[photo.png 640×480] [img 640×480]\n{TEXT}\n"


def test_warnings_are_shown_and_kept(
    sighted: Any, use_canned: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use_canned.warnings = "Image 1 was scaled."
    answer = sighted.run_line_magic("see", "photo.png")
    assert capsys.readouterr().out.endswith(f"{TEXT}\n\n⚠ Image 1 was scaled.\n")
    assert answer.warnings == ["Image 1 was scaled."]


def test_the_answer_goes_where_a_chats_goes(sighted: Any) -> None:
    sighted.run_cell("other = %see -o answer img What?", store_history=True)
    assert sighted.user_ns["answer"] is sighted.user_ns["other"]
    sighted.run_cell("%see _ What?", store_history=True)  # an answer is no picture
    sighted.run_cell("img", store_history=True)
    sighted.run_cell("%see _ What?", store_history=True)
    assert sighted.user_ns["_"].text == TEXT
    assert sighted.user_ns["Out"][4] is sighted.user_ns["_"]


def test_the_options_are_sent(sighted: Any, use_canned: Any) -> None:
    sighted.run_cell("%see -m demo/vision -s 'Be concise.' img -t 0 --seed 7 What?")
    request = use_canned.requests[-1]
    assert (request.model, request.temperature, request.seed) == ("demo/vision", 0, 7)
    assert request.messages[0].content == "Be concise."


@pytest.mark.parametrize("cell", ["%see img", "%%see img\nWhat?", "%chat -i img What?"])
def test_the_notebooks_model_for_text_is_not_asked(
    sighted: Any, use_canned: Any, cell: str
) -> None:
    sighted.magics_manager.registry["ChatMagics"]._session.model = "demo/chat"
    sighted.run_cell(cell)
    assert use_canned.requests[-1].model is None


def test_the_notebooks_model_is_asked_if_it_can_see(sighted: Any, use_canned: Any) -> None:
    session = sighted.magics_manager.registry["ChatMagics"]._session
    session.model, session.model_sees = "demo/vision", True
    sighted.run_cell("%see img What is it?")
    assert use_canned.requests[-1].model == "demo/vision"


@pytest.mark.parametrize(
    "cell",
    [
        "%chat -i photo.png -t 0 -i img What is it?",
        "%%chat -t 0 --image photo.png --image=img\nWhat is it?",
    ],
)
def test_a_chat_takes_pictures_too(sighted: Any, use_canned: Any, cell: str) -> None:
    sighted.run_cell(cell)
    urls, text = sent(use_canned)
    assert (len(urls), text) == (2, "What is it?")
    assert use_canned.requests[-1].temperature == 0


@pytest.mark.parametrize(
    ("magic", "line", "words"),
    [
        ("see", "nowhere.png", "There is no file nowhere.png."),
        ("see", "cat What is it?", "there is no variable 'cat'"),
        ("see", "img.crop('x')", "failed: "),
        ("see", "", "Name a picture"),
        ("chat", "-i nowhere.png What?", "There is no file nowhere.png."),
        ("chat", "-i 'open What?", "There is no file 'open."),
        ("see", "-m missing img", "Model 'missing' is not here"),
    ],
)
def test_a_mistake_is_one_line(sighted: Any, magic: str, line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        sighted.run_line_magic(magic, line)
    assert "\n" not in str(raised.value)


def test_a_name_that_does_not_exist_costs_no_token(sighted: Any, use_canned: Any) -> None:
    sighted.run_cell("%see img cat.png What is it?")
    assert use_canned.requests == []


def test_what_came_before_an_error_is_kept(sighted: Any) -> None:
    with pytest.raises(UsageError):
        sighted.run_line_magic("see", "-o answer img fail")
    assert (sighted.user_ns["answer"].text, sighted.user_ns["answer"].partial) == ("MLX ", True)


def test_in_a_notebook_pictures_and_answer_are_one_output(notebook: Any) -> None:
    notebook.run(DRAW)
    cell = notebook.run("%see img https://a.org/b.png What is it?")
    (output,) = cell.outputs
    assert output["text/plain"] == f"[img 640×480] [a.org]\n{TEXT}"
    head, text, foot = output["text/markdown"].split("\n\n")
    assert foot.startswith("<small")
    assert text == TEXT
    assert head.startswith('<img src="data:image/')
    assert head.endswith('alt="img" title="img 640×480"> &#91;a.org&#93;')


def test_a_notebook_holds_no_more_than_the_thumbnail(notebook: Any) -> None:
    notebook.run("from PIL import Image; img = Image.effect_noise((1500, 1500), 90)")
    cell = notebook.run("%see img")
    assert len(str(cell.outputs)) < 40_000


def test_an_interrupt_keeps_the_text_and_stops_the_server(notebook: Any, use_canned: Any) -> None:
    notebook.run(DRAW)
    cell = notebook.run("%%see -o answer img\nhold", interrupt_at="MLX ")
    assert cell.traceback == ["Interrupted: 4 characters are kept in _"]
    assert cell.outputs[0]["text/plain"] == "[img 640×480]\nMLX \n\n[interrupted]"
    assert use_canned.client_left.wait(10)
    assert notebook.run("assert _ is answer and answer.partial").status == "ok"


def test_an_error_before_any_text_clears_the_output(notebook: Any) -> None:
    notebook.run(DRAW)
    cell = notebook.run("%see img fail at once")
    assert cell.outputs == [{"text/markdown": "", "text/plain": ""}]
    assert cell.stderr == "UsageError: The process of demo/chat ended.\n"


def test_a_figure_of_a_notebook_is_seen(notebook: Any, use_canned: Any) -> None:
    pytest.importorskip("matplotlib")
    notebook.run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(3, 2))")
    cell = notebook.run("%see fig ax plt.gcf What?")
    assert cell.status == "error"
    cell = notebook.run("%see fig ax What?")
    assert cell.outputs[0]["text/plain"].startswith("[fig ")
    assert len(sent(use_canned)[0]) == 2
