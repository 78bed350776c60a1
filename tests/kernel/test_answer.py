from __future__ import annotations

import pytest

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.wire.generation import Usage


def whole(text: str = "Hi.") -> Answer:
    usage = Usage(5, 11, 16)
    first = {"partial": False, "first_characters": 1}
    return Answer(text, "demo/chat", "stop", usage, 7, 3.0, 1.0, **first)


def cut(reason: str) -> Answer:
    return Answer("Once", finish_reason=reason)


def test_the_string_of_an_answer_is_its_text() -> None:
    assert str(whole()) == "Hi."


def test_the_speed_counts_the_tokens_after_the_first_piece_and_their_time() -> None:
    assert whole("one two ...").tokens_per_second == pytest.approx(5.0)


def test_several_tokens_in_the_first_piece_do_not_count() -> None:
    answer = whole("0123456789")
    answer.first_characters = 8
    assert answer.tokens_per_second == pytest.approx(11 * 0.2 / 2.0)


def test_an_answer_that_came_in_one_piece_has_no_speed() -> None:
    answer = whole("0123456789")
    answer.first_characters = 10
    assert answer.tokens_per_second is None


def test_an_answer_that_came_all_at_once_has_no_speed() -> None:
    answer = whole("one two ...")
    answer.seconds = answer.seconds_to_first_token + 0.001  # type: ignore[operator]
    assert answer.tokens_per_second is None


def test_a_partial_answer_has_no_speed() -> None:
    assert cut("interrupted").tokens_per_second is None


def test_a_whole_answer_renders_as_its_text() -> None:
    assert whole()._repr_mimebundle_() == {"text/markdown": "Hi."}


def test_an_interrupted_answer_says_so_in_words() -> None:
    assert cut("interrupted").as_markdown() == "Once\n\n*— interrupted —*"


def test_an_answer_cut_off_by_an_error_says_so_in_words() -> None:
    assert cut("error").as_plain() == "Once\n\n[cut off by an error]"


def test_the_mark_is_no_part_of_the_text() -> None:
    assert str(cut("interrupted")) == "Once"


def test_the_repr_is_one_line_of_facts() -> None:
    expected = (
        "Answer('Hi.', model='demo/chat', finish_reason='stop', 11 tokens, 3.00 s, 4 tokens/s)"
    )
    assert repr(whole()) == expected


def test_the_repr_of_a_long_answer_is_short() -> None:
    assert len(repr(whole("word\n" * 1000))) < 180


def test_outside_of_a_magic_ipython_is_sent_on_to_the_other_formats() -> None:
    with pytest.raises(NotImplementedError):
        whole()._ipython_display_()


def test_warnings_stand_below_the_text_and_are_no_part_of_it() -> None:
    answer = whole()
    answer.warnings = ["It was scaled down.", "1*2 <b>"]
    assert answer.as_markdown() == "Hi.\n\n*⚠ It was scaled down.*\n\n*⚠ 1\\*2 \\<b>*"
    assert answer.as_plain() == "Hi.\n\n⚠ It was scaled down.\n\n⚠ 1*2 <b>"
    assert str(answer) == "Hi."


def test_a_warning_comes_after_the_mark() -> None:
    answer = cut("error")
    answer.warnings = ["w"]
    assert answer.as_plain() == "Once\n\n[cut off by an error]\n\n⚠ w"


def test_what_was_shown_stands_above_the_text_and_is_no_part_of_it() -> None:
    answer = whole()
    answer.images = [Preview("a.png", None, 4, 3), Preview("example.org")]
    assert answer.as_plain() == "[a.png 4×3] [example.org]\nHi."
    assert answer.as_markdown().endswith("\n\nHi.")
    assert str(answer) == "Hi."
