"""What may not be asked for together, each with the reason."""

from __future__ import annotations

from typing import Protocol

from IPython.core.error import UsageError

__all__ = ["refuse_conflicts"]

_MOST_MODELS = 4


class Asked(Protocol):
    """What of a `Question` may conflict."""

    @property
    def conversation(self) -> str | None: ...
    @property
    def new(self) -> bool: ...
    @property
    def form(self) -> str: ...
    @property
    def schema(self) -> str | None: ...
    @property
    def each(self) -> str | None: ...
    @property
    def dry_run(self) -> bool: ...
    @property
    def models(self) -> tuple[str, ...]: ...


def refuse_conflicts(question: Asked) -> None:
    """Raises UsageError."""
    for is_wrong, reason in _checks(question):
        if is_wrong:
            raise UsageError(reason)


def _checks(question: Asked) -> list[tuple[bool, str]]:
    several, named = len(question.models) > 1, question.conversation is not None
    each, schema = question.each is not None, question.schema is not None
    together = f"-m {','.join(question.models)} asks outside of conversations"
    return [
        (
            len(question.models) > _MOST_MODELS,
            f"At most {_MOST_MODELS} models answer side by side.",
        ),
        (several and named, f"{together}: leave -n {question.conversation} out."),
        (several and question.new, f"{together}: leave --new out."),
        (several and each, "--each asks one model: name one with -m."),
        (several and question.dry_run, "--dry-run tells about one model: name one with -m."),
        (each and named, "--each asks outside of conversations: leave -n out."),
        (each and question.dry_run, "--dry-run tells about one question: leave --each out."),
        (
            schema and question.form != "json",
            f"--schema makes the answer JSON: leave -f {question.form} out.",
        ),
    ]
