"""Answers beside each other, as Markdown and as plain text."""

from __future__ import annotations

import io

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns import as_markdown, as_plain
from mlx_jupyter.kernel.mapping.columns_output import TerminalColumns
from mlx_jupyter.wire.generation import Usage
from mlx_jupyter.wire.sse import Progress


def column(model: str, text: str, **more: object) -> Column:
    usage = Usage(2, 3, 5)
    answer = Answer(text, model, "stop", usage, seconds_to_first_token=0.04, partial=False)
    return Column(model, answer, **more)  # type: ignore[arg-type]


def coming(model: str, text: str = "", progress: Progress | None = None) -> Column:
    return Column(model, Answer(text, model), progress=progress, ended=False)


def test_texts_stand_between_blank_lines_so_that_they_are_rendered() -> None:
    shown = as_markdown([column("a", "**bold**"), column("b", "- item")])
    assert "\n\n**bold**\n\n" in shown
    assert "\n\n- item\n\n" in shown
    assert shown.count("<td") == shown.count("</td>") == 2


def test_plain_text_is_one_below_the_other() -> None:
    assert as_plain([column("a", "A"), column("b", "B")]) == (
        "── a ──\nA\n[3 tokens · first after 0.04 s]\n\n── b ──\nB\n[3 tokens · first after 0.04 s]"
    )


def test_until_there_is_text_it_is_told_what_is_waited_for() -> None:
    waiting = coming("a", progress=Progress("loading", "a", 3.0))
    shown = [waiting, coming("b", "B")]
    assert "*loading a, 3 s*" in as_markdown(shown)
    assert as_plain(shown) == "── a ──\nloading a, 3 s\n\n── b ──\nB"


def test_a_failure_stands_in_its_column() -> None:
    shown = [column("a", "A"), Column("b", Answer(finish_reason="error"), "No *model* b.")]
    assert "⚠ No &#42;model&#42; b." in as_markdown(shown)
    assert as_plain(shown).endswith("── b ──\n⚠ No *model* b.")


def test_a_terminal_gets_one_after_the_other() -> None:
    file = io.StringIO()
    output = TerminalColumns(file)
    output.show([coming("a", "On"), coming("b", "T")])
    output.show([coming("a", "One"), coming("b", "Tw")])
    output.show([column("a", "One."), coming("b", "Two")])
    output.end([column("a", "One."), column("b", "Two.")])
    assert file.getvalue() == (
        "── a ──\nOne.\n[3 tokens · first after 0.04 s]\n\n"
        "── b ──\nTwo.\n[3 tokens · first after 0.04 s]\n\n"
    )


def test_a_failure_in_a_terminal_is_told_in_its_turn() -> None:
    file = io.StringIO()
    failed = Column("a", Answer(finish_reason="error"), "It broke.")
    TerminalColumns(file).end([failed, column("b", "Two.")])
    assert file.getvalue().startswith("── a ──\n⚠ It broke.\n\n── b ──\nTwo.")
