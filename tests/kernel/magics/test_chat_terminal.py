from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

TEXT = "MLX is an array framework."


def test_the_answer_is_written_as_it_comes(
    shell: Any, use_canned: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("chat", "", "What is MLX?")
    assert capsys.readouterr().out == TEXT + "\n"


def test_the_cell_is_sent_without_expanding_braces(shell: Any, use_canned: Any) -> None:
    shell.run_cell("x = 1\n")
    shell.run_cell('%%chat -s "{x} $x"\nHello {x}')
    assert [message.content for message in use_canned.requests[0].messages] == [
        "{x} $x",
        "Hello {x}",
    ]


def test_the_options_are_sent(shell: Any, use_canned: Any) -> None:
    shell.run_cell(r"%chat -t 0.8 --seed 7 --max-tokens 9 --top-p 0.5 --stop \n Hello?")
    sent = use_canned.requests[0]
    options = (sent.temperature, sent.seed, sent.max_tokens, sent.top_p, sent.stop)
    assert options == (0.8, 7, 9, 0.5, ["\n"])


def test_the_answer_goes_to_the_variable(shell: Any, use_canned: Any) -> None:
    shell.run_cell("%%chat -o answer\nWhat is MLX?")
    assert shell.user_ns["answer"].text == TEXT


def test_the_answer_is_the_value_of_the_line(shell: Any, use_canned: Any) -> None:
    shell.run_cell("answer = %chat What is MLX?")
    assert shell.user_ns["answer"].text == TEXT


def test_the_answer_is_the_last_result(shell: Any, use_canned: Any) -> None:
    shell.run_cell("%chat What is MLX?", store_history=True)
    assert shell.user_ns["_"].text == TEXT
    assert shell.user_ns["Out"][1] is shell.user_ns["_"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-m missing Hello", "Model 'missing' is not here"),
        ("fail at once", "The process of demo/chat ended."),
        ("vanish", "broke the answer off"),
    ],
)
def test_what_the_server_says_no_to_is_a_usage_error(
    shell: Any, use_canned: Any, line: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        shell.run_line_magic("chat", line)


def test_without_a_server_one_line_says_what_to_do(shell: Any) -> None:
    with pytest.raises(UsageError) as raised:
        shell.run_line_magic("chat", "Hello")
    assert "jupyter lab" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_came_before_an_error_is_kept(shell: Any, use_canned: Any) -> None:
    with pytest.raises(UsageError):
        shell.run_line_magic("chat", "-o answer fail")
    assert (shell.user_ns["answer"].text, shell.user_ns["answer"].partial) == ("MLX ", True)


def test_the_answer_is_shown_once(shell: Any, use_canned: Any) -> None:
    shell.run_cell("answer = %chat What is MLX?", store_history=True)
    assert shell.user_ns["answer"].shown_in_cell == shell.execution_count
