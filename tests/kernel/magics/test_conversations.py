from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.conversations import ConversationCommand, parse_command


def sent(server: Any) -> list[tuple[str, str]]:
    """The messages of the last request."""
    return [(message.role, message.content) for message in server.requests[-1].messages]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("history", ConversationCommand("history")),
        (" reset  ", ConversationCommand("reset")),
        ("history -n poem", ConversationCommand("history", "poem")),
        ("-n poem history", ConversationCommand("history", "poem")),
        ("reset --name='my poem'", ConversationCommand("reset", "my poem")),
        ("reset --all", ConversationCommand("reset", all=True)),
        ("save chats/a.json", ConversationCommand("save", path="chats/a.json")),
        ("load 'my chat.json' -n a", ConversationCommand("load", "a", "my chat.json")),
    ],
)
def test_a_word_alone_with_its_options_is_a_command(
    line: str, command: ConversationCommand
) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize(
    "line",
    [
        "",
        "history of Rome",
        "What is the history?",
        "-- history",
        "-t 0 history",
        "save the whales",
        "reset everything",
        "History",
        "what's a reset",
        "--new history",
        "What does grep -n",
        "Why --all",
    ],
)
def test_all_else_is_a_question(line: str) -> None:
    assert parse_command(line) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("history --al", "Unknown option: --al (%chat history [-n NAME])"),
        ("history --all", "--all does not go with the rest"),
        ("reset --all -n a", "%chat reset [-n NAME | --all]"),
        ("save a.json --force", "%chat save PATH [-n NAME]"),
        ("save", "save needs a PATH (%chat save PATH [-n NAME]); %chat -- save asks that."),
        ("load", "load needs a PATH"),
        ("reset -n", "-n needs the name of a conversation"),
    ],
)
def test_a_wrong_option_of_a_command_is_one_line(line: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_command(line)
    assert words in str(raised.value)


def test_two_dashes_ask(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "-- history")
    assert sent(use_canned) == [("user", "history")]


def test_the_history_tells_who_said_what(shell: Any, use_canned: Any) -> None:
    shell.run_cell_magic("chat", "-s 'Be kind.'", "What is\nMLX?")
    shell.run_line_magic("chat", "-n poem Write one.")
    said = str(shell.run_line_magic("chat", "history"))
    assert "Conversation 'default': 1 turn." in said
    assert "System prompt: Be kind." in said
    assert "Other conversations: poem (1 turn)" in said
    assert "user       What is MLX?" in said
    assert "6 written  demo/chat" in said


def test_before_anything_is_said_the_history_says_so(shell: Any) -> None:
    said = str(shell.run_line_magic("chat", "history"))
    assert said == "Nothing has been said in the conversation 'default' yet."


def test_a_conversation_that_is_not_there_is_one_line(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "-n poem Hi")
    with pytest.raises(UsageError, match=r"no conversation 'poet'\. There are: poem\."):
        shell.run_line_magic("chat", "history -n poet")


def test_a_reset_begins_one_conversation_anew(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.run_line_magic("chat", "-n poem Hi")
    said = str(shell.run_line_magic("chat", "reset"))
    assert said == "The conversation 'default' begins anew (1 turn before)."
    shell.run_line_magic("chat", "Hello")
    assert len(sent(use_canned)) == 1
    shell.run_line_magic("chat", "-n poem Hello")
    assert len(sent(use_canned)) == 3


def test_a_reset_of_all_begins_all_anew(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.run_line_magic("chat", "-n poem Hi")
    said = str(shell.run_line_magic("chat", "reset --all"))
    assert said.count("begins anew") == 2
    assert str(shell.run_line_magic("chat", "reset --all")) == "Nothing has been said yet."


def test_what_is_saved_goes_on_after_it_is_loaded(
    shell: Any, use_canned: Any, tmp_path: Path
) -> None:
    shell.run_line_magic("chat", "-s 'Be kind.' Hi")
    shell.run_line_magic("chat", f"save {tmp_path}/chat.json")
    shell.run_line_magic("chat", "reset")
    said = str(shell.run_line_magic("chat", f"load {tmp_path}/chat.json -n other"))
    assert said == f"The conversation 'other' goes on from {tmp_path}/chat.json (1 turn)."
    shell.run_line_magic("chat", "-n other And?")
    roles = [role for role, _ in sent(use_canned)]
    assert roles == ["system", "user", "assistant", "user"]


def test_a_file_holds_no_secret(shell: Any, use_canned: Any, tmp_path: Path) -> None:
    shell.run_line_magic("chat", "Hi")
    shell.run_line_magic("chat", f"save {tmp_path}/chat.json")
    saved = (tmp_path / "chat.json").read_text()
    assert use_canned.key not in saved
    assert "127.0.0.1" not in saved


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("load nowhere.json", "There is no file nowhere.json. %chat -- load nowhere.json asks"),
        ("save chat.json", "Nothing has been said in the conversation 'default' yet."),
        ("load .", "cannot be read: Is a directory"),
    ],
)
def test_a_mistake_with_a_file_is_one_line(shell: Any, line: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        shell.run_line_magic("chat", line)
    assert words in str(raised.value)
