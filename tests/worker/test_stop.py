from __future__ import annotations

import random

import pytest

from mlx_jupyter.worker.stop import StopMatcher


def run(stops: list[str], pieces: list[str]) -> tuple[str, bool]:
    matcher = StopMatcher(stops)
    released = ""
    for piece in pieces:
        text, stopped = matcher.push(piece)
        released += text
        if stopped:
            return released, True
    return released + matcher.flush(), False


def cut(stops: list[str], text: str) -> tuple[str, bool]:
    """The definition, the slow way: the first prefix that ends with a stop text."""
    for end in range(1, len(text) + 1):
        endings = [stop for stop in stops if text[:end].endswith(stop)]
        if endings:
            return text[: end - max(map(len, endings))], True
    return text, False


def test_a_word_with_a_space_before_it_is_matched() -> None:
    assert run(["Apple"], ["learning on", " Apple", " silicon"]) == ("learning on ", True)


def test_a_stop_text_across_three_pieces_is_cut_exactly_before_it() -> None:
    assert run(["\n\nUser:"], ["Yes.\n", "\nUs", "er: no"]) == ("Yes.", True)


def test_a_tail_that_did_not_become_a_stop_text_is_given_out_at_the_end() -> None:
    assert run(["END"], ["the EN"]) == ("the EN", False)


def test_text_that_cannot_be_part_of_a_stop_text_is_released_at_once() -> None:
    matcher = StopMatcher(["abc"])
    assert matcher.push("xyab") == ("xy", False)
    assert matcher.push("d") == ("abd", False)


def test_without_stop_texts_nothing_is_held_back() -> None:
    assert StopMatcher([]).push("anything") == ("anything", False)


@pytest.mark.parametrize("seed", range(300))
def test_however_the_text_is_cut_into_tokens_the_answer_is_the_same(seed: int) -> None:
    draw = random.Random(seed)
    text = "".join(draw.choice("ab ") for _ in range(draw.randrange(30)))
    stops = ["".join(draw.choice("ab ") for _ in range(draw.randint(1, 4))) for _ in range(3)]
    pieces, rest = [], text
    while rest:
        size = draw.randint(1, 5)
        pieces.append(rest[:size])
        rest = rest[size:]
    assert run(stops, pieces) == cut(stops, text)
