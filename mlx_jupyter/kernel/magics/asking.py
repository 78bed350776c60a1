"""Decides how a `%chat` question is asked: in a conversation, of several models, for each item.

What is sent is known before anything is: a question's text is filled, then it is put behind what
its conversation has said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.conversation.conversation import Draft
from mlx_jupyter.kernel.conversation.fitting import attempts, left_out_before, left_out_words
from mlx_jupyter.kernel.conversation.place import place_of
from mlx_jupyter.kernel.conversation.turn import Message, turn_of
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.interpolation.err import Errors
from mlx_jupyter.kernel.interpolation.fill import fill
from mlx_jupyter.kernel.interpolation.fix import fix_prompt
from mlx_jupyter.kernel.magics.ask import Attempt, Request, ask, question_message
from mlx_jupyter.kernel.magics.dry_run import dry_run
from mlx_jupyter.kernel.magics.grammar import Question
from mlx_jupyter.kernel.magics.mapping import ask_each
from mlx_jupyter.kernel.magics.model_word import model_word_warnings
from mlx_jupyter.kernel.magics.schema import wanted
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.magics.side_by_side import ask_side_by_side

__all__ = ["ask_question", "fix_question"]


def ask_question(
    shell: InteractiveShell, session: Session, question: Question, pictures: Sequence[Picture]
) -> object:
    """Raises UsageError and MLXJupyterError before anything is sent, for what is wrong in it."""
    if question.each is not None:
        return ask_each(shell, session, question, pictures, fill)
    if len(question.models) > 1:
        return ask_side_by_side(shell, session, question, pictures, fill)
    prompt, pictures = _filled(shell, question, pictures)
    said = question_message(prompt, pictures)
    return _ask_in_conversation(shell, session, question, said, pictures)


def _ask_in_conversation(
    shell: InteractiveShell,
    session: Session,
    question: Question,
    said: Message,
    pictures: Sequence[Picture],
) -> object:
    conversation = session.conversations.named(question.conversation)
    draft = conversation.draft(place_of(shell), new=question.new, system=question.options["system"])
    # The system prompt is one of the messages.
    options = {name: value for name, value in question.options.items() if name != "system"}
    format_, read = _wanted(shell, question)
    options |= format_
    if question.dry_run:
        report = dry_run(session, [*draft.messages(), said], options)
        if question.variable:
            shell.user_ns[question.variable] = report
        return report

    def answered(answer: Answer, attempt: Attempt) -> None:
        conversation.add(draft, turn_of(said["content"], answer, attempt.left_out))

    sees = bool(pictures) or any(turn.pictures for turn in draft.turns)
    warnings = model_word_warnings(session, question.may_be_model)
    tried = _attempts(draft, said, options["model"], warnings)
    return ask(shell, session, question, Request(tried, pictures, sees, options, answered, read))


def _attempts(
    draft: Draft, said: Message, model: str | None, warnings: tuple[str, ...]
) -> list[Attempt]:
    """First with all turns, or as many as fitted the last time; then with fewer."""
    turns = draft.turns
    return [
        Attempt([*draft.messages(count), said], (*warnings, *left_out_words(count)), count)
        for count in attempts(left_out_before(turns, model), len(turns))
    ]


def _wanted(
    shell: InteractiveShell, question: Question
) -> tuple[dict[str, Any], Callable[[Answer], object] | None]:
    """With `--schema`: what is sent for it, and what reads the answer's value."""
    if question.schema is None:
        return {}, None
    schema = wanted(shell, question.schema)
    return {"response_format": schema.response_format}, schema.read


def _filled(
    shell: InteractiveShell, question: Question, pictures: Sequence[Picture]
) -> tuple[str, Sequence[Picture]]:
    """The prompt with its `{{expressions}}` replaced, and the pictures with those among them."""
    if question.raw:
        return question.prompt, pictures
    filled = fill(shell, question.prompt, pictures_before=len(pictures))
    return filled.text, [*pictures, *filled.pictures]


def fix_question(shell: InteractiveShell, question: Question, words: str) -> Question:
    """`%chat fix [words]` as a question about the last error of a cell, which is sent as it is.
    Raises InvalidRequest if there is none."""
    errors = Errors.of(shell)
    assert errors is not None  # it listens for as long as there are magics
    prompt = "\n\n".join(text for text in (fix_prompt(shell, errors), words.strip()) if text)
    return replace(question, prompt=prompt, raw=True)
