"""What `%chat` sends, from a terminal, where nothing is run again."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.answer import Answer

TEXT = "MLX is an array framework."


def sent(server: Any) -> list[tuple[str, str]]:
    """The messages of the last request."""
    return [(message.role, message.content) for message in server.requests[-1].messages]


def test_a_question_continues_the_conversation(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.run_cell_magic("chat", "", "And?")
    assert sent(use_canned) == [("user", "Hi"), ("assistant", TEXT), ("user", "And?")]


def test_conversations_of_other_names_are_apart(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.run_line_magic("chat", "-n poem Hello")
    assert sent(use_canned) == [("user", "Hello")]
    shell.run_line_magic("chat", "-n poem And?")
    assert len(sent(use_canned)) == 3


def test_a_new_conversation_sends_only_the_question(shell: Any, use_canned: Any) -> None:
    for name in ("", "-n poem "):
        shell.run_line_magic("chat", f"{name}-s 'Be kind.' Hi")
        shell.run_line_magic("chat", f"{name}--new Hello")
        assert sent(use_canned) == [("user", "Hello")]


def test_the_system_prompt_stays_with_its_conversation(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "-s 'Be kind.' Hi")
    shell.run_line_magic("chat", "And?")
    assert sent(use_canned)[0] == ("system", "Be kind.")
    shell.run_line_magic("chat", "-n poem Hi")
    assert sent(use_canned) == [("user", "Hi")]


def test_what_was_refused_was_not_said(shell: Any, use_canned: Any) -> None:
    for line in ("-m missing Hi", "fail at once"):
        with pytest.raises(UsageError):
            shell.run_line_magic("chat", line)
    shell.run_line_magic("chat", "Hi")
    assert sent(use_canned) == [("user", "Hi")]


def test_what_there_is_of_an_answer_was_said(shell: Any, use_canned: Any) -> None:
    with pytest.raises(UsageError):
        shell.run_line_magic("chat", "fail")
    shell.run_line_magic("chat", "Hi")
    assert sent(use_canned)[1] == ("assistant", "MLX ")


def test_pictures_are_not_conversations(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.user_ns["png"] = PNG
    shell.run_line_magic("see", "png What is it?")
    assert len(use_canned.requests[-1].messages) == 1
    shell.run_line_magic("chat", "And?")
    assert len(sent(use_canned)) == 3


def test_a_picture_stays_in_its_turn(shell: Any, use_canned: Any) -> None:
    shell.user_ns["png"] = PNG
    shell.run_line_magic("chat", "-i png What is it?")
    shell.run_line_magic("chat", "And?")
    first = use_canned.requests[-1].messages[0].content
    assert [part.type for part in first] == ["image_url", "text"]
    assert "[1 picture] What is it?" in str(shell.run_line_magic("chat", "history"))


def test_the_sessions_model_is_not_asked_about_an_earlier_picture_if_it_cannot_see(
    shell: Any, use_canned: Any
) -> None:
    shell.magics_manager.registry["ChatMagics"]._session.model = "demo/chat"
    shell.user_ns["png"] = PNG
    shell.run_line_magic("chat", "-i png What is it?")
    shell.run_line_magic("chat", "And?")
    shell.run_line_magic("chat", "--new Hi")
    assert [request.model for request in use_canned.requests] == [None, None, "demo/chat"]


def test_turns_that_do_not_fit_are_left_out_and_kept(shell: Any, use_canned: Any) -> None:
    for question in ("a", "b", "c", "d"):
        shell.run_line_magic("chat", f"-s 'Be kind.' {question}")
    use_canned.most_messages = 6
    answer = shell.run_line_magic("chat", "e")
    assert [content for _, content in sent(use_canned)] == ["Be kind.", "c", TEXT, "d", TEXT, "e"]
    assert answer.warnings == [
        "The first 2 turns of the conversation did not fit into the context and were left out."
    ]
    assert "5 turns" in str(shell.run_line_magic("chat", "history"))


def test_what_did_not_fit_is_not_tried_again(shell: Any, use_canned: Any) -> None:
    for question in ("a", "b"):
        shell.run_line_magic("chat", question)
    use_canned.most_messages = 3
    shell.run_line_magic("chat", "c")
    before = len(use_canned.requests)
    shell.run_line_magic("chat", "--max-tokens 5 d")
    assert len(use_canned.requests) == before + 2  # with one turn too many, then without it


def test_a_question_that_does_not_fit_alone_is_one_line(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    use_canned.most_messages = 0
    with pytest.raises(UsageError, match="context is 8 tokens"):
        shell.run_line_magic("chat", "Hi")


def test_thinking_can_be_turned_off(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "--think off Hi")
    shell.run_line_magic("chat", "Hi")
    assert [request.enable_thinking for request in use_canned.requests] == [False, None]


def test_reasoning_is_kept_beside_the_text_and_not_sent_again(shell: Any, use_canned: Any) -> None:
    answer = shell.run_line_magic("chat", "think")
    assert (answer.reasoning, answer.text) == ("Two $ < three.", TEXT)
    shell.run_line_magic("chat", "Hi")
    assert sent(use_canned)[1] == ("assistant", TEXT)


def test_an_answer_tells_the_models_revision_and_what_was_evicted(
    shell: Any, use_canned: Any
) -> None:
    answer = shell.run_line_magic("chat", "evict")
    assert answer.revision == "revision of canned"
    assert answer.evicted == ["org/a", "org/b"]
    assert answer.footer.endswith(" · evicted org/a, org/b")


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ("fix in a word", None),
        ("-t 0 fix in a word", None),
        ("fix -t 0 in a word", None),
        ("fix", "in a word"),
        ("fix -t 0", "in a word"),
    ],
)
def test_fix_stands_before_or_behind_its_options(
    shell: Any, use_canned: Any, line: str, cell: str | None
) -> None:
    shell.run_cell("1 / 0")
    shell.run_cell(f"%%chat {line}\n{cell}" if cell else f"%chat {line}")
    ((_, said),) = sent(use_canned)
    assert "ZeroDivisionError" in said
    assert said.endswith("\n\nin a word")
    assert use_canned.requests[-1].temperature == (0 if "-t" in line else None)


def test_a_value_may_be_none(shell: Any, use_canned: Any) -> None:
    shell.user_ns["found"] = "from before"
    shell.run_line_magic("chat", "--schema 'int|None' -o found say null")
    assert shell.user_ns["found"] is None


def test_what_is_no_value_leaves_the_variable(shell: Any, use_canned: Any) -> None:
    shell.user_ns["found"] = "from before"
    with pytest.raises(UsageError, match="raise --max-tokens"):
        shell.run_line_magic("chat", "--schema list[int] -o found say [1")
    assert (shell.user_ns["found"], shell.user_ns["_"].text) == ("from before", "[1")


def test_code_is_offered_as_the_next_input(shell: Any, use_canned: Any) -> None:
    shell.run_cell_magic("chat", "-f code", "say ```python\nx = 1\n```")
    assert shell.rl_next_input == "x = 1"


def test_code_without_a_fence_is_offered_too(shell: Any, use_canned: Any) -> None:
    shell.run_cell_magic("chat", "-f code", "say for i in range(3):\n    i")
    assert shell.rl_next_input == "for i in range(3):\n    i"


@pytest.mark.parametrize(
    ("options", "prompt"),
    [("", "say ```\nx\n```"), ("-f code", "fail"), ("-f code", "say Here is no code.")],
)
def test_nothing_is_offered_without_whole_code(
    shell: Any, use_canned: Any, options: str, prompt: str
) -> None:
    shell.run_cell(f"%%chat {options}\n{prompt}")
    assert getattr(shell, "rl_next_input", None) is None


def test_the_json_of_an_answer_is_parsed(shell: Any, use_canned: Any) -> None:
    answer = shell.run_cell_magic("chat", "-f json", 'say {"a": 1}')
    assert answer.json() == {"a": 1}


def test_the_first_word_may_have_been_meant_as_the_model(shell: Any, use_canned: Any) -> None:
    answer: Answer = shell.run_line_magic("chat", "demo/chat What is MLX?")
    assert sent(use_canned) == [("user", "demo/chat What is MLX?")]
    assert "to ask that model: %chat -m demo/chat" in answer.warnings[0]


@pytest.mark.parametrize("line", ["and/or what?", "-m demo/chat demo/chat is what?"])
def test_other_words_are_words(shell: Any, use_canned: Any, line: str) -> None:
    assert shell.run_line_magic("chat", line).warnings == []


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0"
    "00000301010018dd8db00000000049454e44ae426082"
)
