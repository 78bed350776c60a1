"""`%chat history`, `reset`, `save PATH` and `load PATH`: the conversations themselves.

A line is such a command only if there is nothing else on it but options: `%chat history of Rome` is
a question, and so is `%chat -- history`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.conversation.conversations import DEFAULT
from mlx_jupyter.kernel.conversation.file import load, save
from mlx_jupyter.kernel.conversation.place import place_of
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.reports.conversation import (
    ConversationLoadedReport,
    ConversationSavedReport,
    HistoryReport,
    ResetReport,
)
from mlx_jupyter.kernel.reports.report import Report

__all__ = ["VERBS", "ConversationCommand", "do_command", "parse_command"]

VERBS = ("history", "reset", "save", "load")
_WITH_PATH = ("save", "load")
_NAMES = ("-n", "--name")


@dataclass(frozen=True)
class ConversationCommand:
    verb: str
    name: str | None = None
    path: str | None = None
    all: bool = False


def parse_command(line: str) -> ConversationCommand | None:
    """None for a question. Raises UsageError for a command with a wrong option."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    name, everything, rest = _without_options(words)
    verb, *more = [word for word in rest if not word.startswith("-")] or [""]
    unknown = [word for word in rest if word.startswith("-")]
    if words == [verb] and verb in _WITH_PATH:
        raise UsageError(f"{verb} needs a PATH (%chat {_usage(verb)}); %chat -- {verb} asks that.")
    if verb not in VERBS or len(more) != (verb in _WITH_PATH) or words[0] in unknown:
        return None
    if name == "":
        raise UsageError(f"-n needs the name of a conversation (%chat {_usage(verb)}).")
    if unknown:
        raise UsageError(f"Unknown option: {' '.join(unknown)} (%chat {_usage(verb)}).")
    if everything and (verb != "reset" or name):
        raise UsageError(f"--all does not go with the rest (%chat {_usage(verb)}).")
    return ConversationCommand(verb, name, more[0] if more else None, everything)


def _without_options(words: list[str]) -> tuple[str | None, bool, list[str]]:
    name, everything, rest = None, False, list[str]()
    remaining = iter(words)
    for word in remaining:
        head, is_joined, value = word.partition("=")
        if head in _NAMES:
            name = value if is_joined else next(remaining, "")
        elif word == "--all":
            everything = True
        else:
            rest.append(word)
    return name, everything, rest


def _usage(verb: str) -> str:
    path = " PATH" if verb in _WITH_PATH else ""
    return f"{verb}{path} [-n NAME{' | --all' if verb == 'reset' else ''}]"


def do_command(shell: InteractiveShell, session: Session, command: ConversationCommand) -> Report:
    """Raises InvalidRequest for files that cannot be read or written."""
    match command.verb:
        case "history":
            return _history(session, command.name)
        case "reset":
            return _reset(shell, session, command)
        case "save":
            return _save(session, command.name, _path(command))
        case _:
            return _load(shell, session, command.name, _path(command))


def _history(session: Session, name: str | None) -> HistoryReport:
    begun = session.conversations.begun()
    if name and name not in begun:
        names = ", ".join(begun) or "none"
        raise InvalidRequest(f"There is no conversation {name!r}. There are: {names}.")
    conversation = session.conversations.named(name)
    others = {other: len(it.turns) for other, it in begun.items() if other != (name or DEFAULT)}
    return HistoryReport(name or DEFAULT, conversation.turns, conversation.system, others)


def _reset(shell: InteractiveShell, session: Session, command: ConversationCommand) -> ResetReport:
    begun = session.conversations.begun()
    names = list(begun) if command.all else [command.name or DEFAULT]
    turns = {name: len(begun[name].turns) if name in begun else 0 for name in names}
    for name in names:
        session.conversations.named(name).begin(place_of(shell))
    return ResetReport(turns)


def _save(session: Session, name: str | None, path: Path) -> ConversationSavedReport:
    conversation = session.conversations.named(name)
    if not conversation.turns:
        raise InvalidRequest(f"Nothing has been said in the conversation {name or DEFAULT!r} yet.")
    save(path, conversation.turns, conversation.system)
    return ConversationSavedReport(name or DEFAULT, len(conversation.turns), path)


def _load(
    shell: InteractiveShell, session: Session, name: str | None, path: Path
) -> ConversationLoadedReport:
    if not path.exists():
        raise InvalidRequest(f"There is no file {path}. %chat -- load {path} asks that.")
    turns, system = load(path)
    session.conversations.named(name).begin(place_of(shell), turns, system)
    return ConversationLoadedReport(name or DEFAULT, len(turns), path)


def _path(command: ConversationCommand) -> Path:
    return Path(command.path or "").expanduser()
