"""Tab in IPython, with its own matchers beside ours."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.completer import CompletionContext
from IPython.terminal.ptutils import IPythonPTCompleter
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from mlx_jupyter.kernel.magics.completion.matcher import Matcher
from tests.kernel.magics.completion.conftest import NBSP

QWEN = "mlx-community/Qwen3-4B-4bit"
MERGED = "org/a+b@main"


@pytest.mark.parametrize(
    ("text", "replaced", "texts"),
    [
        ("%%chat ", "", [MERGED, QWEN, "demo/chat", "demo/vision"]),
        ("%%chat qwen", "qwen", [QWEN]),
        ("%%chat org/a+b@", "org/a+b@", [MERGED]),
        ("%%chat --model=org/a+", "org/a+", [MERGED]),
        ("%%chat -m demo/chat,demo", "demo", ["demo/vision"]),
        ("%%chat dem|\nHello", "dem", ["demo/chat", "demo/vision"]),
        ("%chat -t 0.5 -m qw| What is it?", "qw", [QWEN]),
        ("%see -m ", "", ["demo/vision"]),
        ("%%embed -m ", "", ["demo/embed"]),
        ("%mlx load demo/e", "demo/e", ["demo/embed"]),
        ("%mlx evict ", "", [MERGED, QWEN]),
        (f"%mlx evict {QWEN} ", "", [MERGED]),
        ("%mlx unpin ", "", [QWEN]),
        ("if x:\n    y = %mlx plan qwen", "qwen", [QWEN]),
    ],
)
def test_model_ids(tab: Any, text: str, replaced: str, texts: list[str]) -> None:
    assert tab(text)[:2] == (replaced, texts)


def test_a_model_comes_with_its_state_and_size(tab: Any) -> None:
    assert tab("%%chat qwen").types == ["text, 2.30 GB, loaded, pinned"]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("%%chat --ma", ["--max-tokens"]),
        ("%%chat --max-tokens 3 --ma", []),
        ("%chat --st", ["--stop"]),
        ("%embed titles --in", ["--into"]),
        ("%see --mo", ["--model"]),
        ("%mlx load demo/chat --", ["--no-pin", "--keep", "--keep-alive"]),
        ("%mlx events -", ["-n"]),
        ("%mlx switch demo/chat ", ["--policy"]),
        ("%mlx switch demo/chat --policy l", ["lru", "largest"]),
        ("%embed titles --type ", ["query", "document"]),
        ("%mlx ev", ["evict", "events"]),
        ("%chat re", ["reset"]),
        ("%chat reset --", ["--name", "--all"]),
    ],
)
def test_options_their_values_and_verbs(tab: Any, text: str, texts: list[str]) -> None:
    assert tab(text).texts == texts


def test_an_option_that_may_be_repeated_is_offered_again(tab: Any) -> None:
    assert tab("%%chat -i fig.png --im").texts == ["--image"]


def test_options_come_with_their_help(tab: Any) -> None:
    assert tab("%%chat --ma").types == ["longest answer"]
    assert tab("%embed x --out").types == ["variable for the array"]


def test_all_verbs_of_mlx_are_described(tab: Any) -> None:
    found = tab("%mlx ")
    assert {"load", "evict", "plan"} <= set(found.texts)
    assert all(len(words) > 10 for words in found.types)


@pytest.mark.parametrize(
    ("text", "replaced", "name"),
    [
        ("%embed tit", "tit", "titles"),
        ("%embed [t.lower() for t in tit", "tit", "titles"),
        ("%embed titles --into tit", "tit", "titles"),
        ("%embed places['Lon", "Lon", "London"),
        ("%see tit", "tit", "titles"),
        ("%%chat -i tit", "tit", "titles"),
        ("%%chat\nSum {{tit", "tit", "titles"),
        ("%%chat\nSum {{titles.app", "app", "append"),
        ("%%chat\nSum {{titles}} and {{places['Lon", "Lon", "London"),
        ("%chat Sum {{tit", "tit", "titles"),
        ("%see a.png what is {{tit", "tit", "titles"),
    ],
)
def test_the_users_names_where_an_expression_goes(
    shell: Any, tab: Any, text: str, replaced: str, name: str
) -> None:
    shell.user_ns |= {"titles": ["a"], "places": {"London": 1}}
    found = tab(text)
    assert name in [each.strip("'\"") for each in found.texts]
    assert found.replaced == replaced


def test_with_nothing_typed_the_users_variables_are_offered(shell: Any, tab: Any) -> None:
    shell.user_ns |= {"titles": ["a"], "_hidden": 1}
    assert tab("%embed ") == ("", ["titles"], ["list"])


def test_a_whole_expression_is_followed_by_options(shell: Any, tab: Any) -> None:
    shell.user_ns["titles"] = ["a"]
    assert "--into" in tab("%embed titles ").texts


@pytest.mark.parametrize(
    "text",
    [
        "%%chat\nWrite a pri",
        "%%chat\n%mlx lo",
        "%%see a.png\nWhat is pri",
        "%%embed\npri",
        "%chat Write a pri",
        "%see a.png What is pri",
        '%%chat -s "You pri',
        "%%chat -o pri",
        "%mlx plan demo/chat pri",
        "%mlx frobnicate pri",
    ],
)
def test_prose_and_free_values_are_left_alone(tab: Any, text: str) -> None:
    assert tab(text).texts == []


@pytest.mark.parametrize("text", ["pri", "x = pri", "%%time\npri", "print(1)\npri"])
def test_code_is_completed_as_ever(tab: Any, text: str) -> None:
    assert "print" in tab(text).texts


def test_the_names_of_the_magics_are_completed_as_ever(tab: Any) -> None:
    assert tab("%%cha").texts == ["%%chat"]


def test_pictures_and_variables_both_fit_where_a_picture_goes(
    shell: Any, tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fig1.png", "figures.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    shell.user_ns["figure"] = 1
    assert tab("%see fig").texts == ["fig1.png", "figure"]


def test_a_conversation_is_saved_to_a_path(
    tab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "talk.json").touch()
    monkeypatch.chdir(tmp_path)
    assert tab("%chat load ta").texts == ["talk.json"]


@pytest.mark.parametrize("line", ["%%chat -n ", "%chat reset --name "])
def test_the_conversations_of_the_notebook_are_offered(shell: Any, tab: Any, line: str) -> None:
    assert tab(line).texts == []
    shell.run_line_magic("chat", "-n poem Hello.")
    shell.run_line_magic("chat", "-n 'my play' Hello.")
    assert tab(line).texts == ["poem", "'my play'"]
    assert tab(f"{line}p").texts == ["poem"]


def test_what_is_known_is_offered_within_5_milliseconds(tab: Any) -> None:
    tab("%%chat ")
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        tab("%%chat qwen")
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.005


def test_a_terminal_shows_the_same(shell: Any, tab: Any) -> None:
    tab("%%chat ")
    text = "%%chat org/a+b@"
    found = list(
        IPythonPTCompleter(ipy_completer=shell.Completer).get_completions(
            Document(text), CompleteEvent(True)
        )
    )
    assert [(each.text, each.start_position) for each in found] == [(MERGED, -len("org/a+b@"))]
    assert found[0].display_meta_text.replace(NBSP, " ") == "text, 100 MB, loaded"


def test_unloading_takes_the_matcher_and_its_thread_away(shell: Any, tab: Any) -> None:
    tab("%%chat ")
    shell.run_line_magic("unload_ext", "mlx_jupyter")
    assert not [each for each in shell.Completer.custom_matchers if isinstance(each, Matcher)]
    assert "mlx_jupyter.roster" not in [thread.name for thread in threading.enumerate()]


def test_another_magic_of_the_same_name_is_left_alone(shell: Any, tab: Any) -> None:
    shell.register_magic_function(print, "line", "chat")
    assert "--max-tokens" not in tab("%chat --max").texts


PIECES = ["%%chat", "%chat", "%%see", "%see", "%%embed", "%embed", "%mlx", "load", "evict", "save"]
PIECES += [" ", "\n", "-m", "-i", "--into", "--", "=", ",", '"', "'", "\\", "(", "[", "{{", "}}"]
PIECES += ["demo/", "titles", ".", "é", "\t"]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=9))
def test_whatever_is_typed_nothing_breaks(shell: Any, tab: Any, pieces: list[str]) -> None:
    shell.Completer.use_jedi = False
    text = "".join(pieces)
    lines = text.split("\n")
    matcher = next(each for each in shell.Completer.custom_matchers if isinstance(each, Matcher))
    context = CompletionContext("", text, len(lines[-1]), len(lines) - 1, None)
    said = matcher(context)
    assert text.endswith(said.get("matched_fragment", ""))
    assert all(each.text for each in said["completions"])


def test_loading_twice_leaves_one_matcher(shell: Any) -> None:
    shell.run_line_magic("reload_ext", "mlx_jupyter")
    found = [each for each in shell.Completer.custom_matchers if isinstance(each, Matcher)]
    assert len(found) == 1
