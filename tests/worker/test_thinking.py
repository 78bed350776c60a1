from __future__ import annotations

from collections.abc import Sequence

import pytest

from mlx_jupyter.worker.thinking import Marks, Phase, Said, Thinking, phase_after

BLANK, START, END, WORD, OTHER = 0, 10, 20, 1, 2
ONE = Marks((START,), (END,), lambda token: token == BLANK)
MANY = Marks((START, 11), (END, 21, 22), lambda token: token == BLANK)


def sifted(
    marks: Marks, tokens: Sequence[int], phase: Phase = Phase.OPENING
) -> tuple[list[int], list[int]]:
    """The thoughts and the answer."""
    thinking = Thinking(marks, phase)
    found: dict[bool, list[int]] = {False: [], True: []}
    for token in tokens:
        released = thinking.push(Said(token))
        found[thinking.over] += [said.token for said in released]
    rest = thinking.end()
    found[thinking.over] += [said.token for said in rest]
    return found[False], found[True]


@pytest.mark.parametrize(
    ("tokens", "thoughts", "answer"),
    [
        ([WORD, OTHER], [], [WORD, OTHER]),
        ([START, WORD, END, OTHER], [WORD], [OTHER]),
        ([BLANK, START, WORD, END, BLANK, OTHER], [WORD], [BLANK, OTHER]),
        ([START, END, OTHER], [], [OTHER]),
        ([START, WORD, BLANK], [WORD, BLANK], []),
        ([BLANK, BLANK], [], [BLANK, BLANK]),
        ([WORD, START, OTHER, END], [], [WORD, START, OTHER, END]),
        ([START, WORD, END, START, OTHER, END], [WORD], [START, OTHER, END]),
    ],
)
def test_what_is_between_the_marks_is_thought(
    tokens: list[int], thoughts: list[int], answer: list[int]
) -> None:
    assert sifted(ONE, tokens) == (thoughts, answer)


@pytest.mark.parametrize(
    ("tokens", "thoughts", "answer"),
    [
        ([START, 11, WORD, END, 21, 22, OTHER], [WORD], [OTHER]),
        ([START, WORD], [], [START, WORD]),
        ([BLANK, START], [], [BLANK, START]),
        ([START, 11, END, 21, WORD, END, 21, 22], [END, 21, WORD], []),
        ([START, 11, END, END, 21, 22, OTHER], [END], [OTHER]),
        ([START, 11, END, 21], [END, 21], []),
    ],
)
def test_a_mark_may_be_several_tokens(
    tokens: list[int], thoughts: list[int], answer: list[int]
) -> None:
    assert sifted(MANY, tokens) == (thoughts, answer)


def test_where_the_prompt_began_the_thoughts_the_answer_goes_on_with_them() -> None:
    assert sifted(ONE, [WORD, END, OTHER], Phase.THINKING) == ([WORD], [OTHER])


@pytest.mark.parametrize(
    ("prompt", "phase"),
    [
        ([WORD, BLANK], Phase.OPENING),
        ([WORD, START, BLANK], Phase.THINKING),
        ([WORD, START], Phase.THINKING),
        ([WORD, START, BLANK, END, BLANK, BLANK], Phase.ANSWERING),
        ([START, WORD], Phase.OPENING),
        ([], Phase.OPENING),
    ],
)
def test_the_end_of_the_prompt_says_how_the_answer_begins(prompt: list[int], phase: Phase) -> None:
    assert phase_after(prompt, ONE) is phase


def test_a_part_of_a_mark_at_the_end_of_the_prompt_is_none() -> None:
    assert phase_after([WORD, START], MANY) is Phase.OPENING
    assert phase_after([WORD, START, 11], MANY) is Phase.THINKING


def test_the_token_that_would_begin_the_thoughts_is_known() -> None:
    thinking = Thinking(MANY, Phase.OPENING)
    assert thinking.opener == START
    thinking.push(Said(START))
    assert thinking.opener == 11
    thinking.push(Said(11))
    assert thinking.opener is None
