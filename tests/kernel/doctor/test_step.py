from __future__ import annotations

from mlx_jupyter.kernel.doctor.step import Mark, Step, verdict

OK = Step("a", Mark.OK, "Fine.")
NO = Step("b", Mark.NO, "Not there.")
NOTE = Step("c", Mark.NOTE, "Slow.", "Hurry.")
WRONG = Step("d", Mark.WRONG, "Broken.", "Mend it.")


def test_every_mark_has_a_word_beside_its_sign() -> None:
    assert all(mark.value.split()[1].isalpha() for mark in Mark)


def test_all_is_well() -> None:
    assert verdict([OK, NO]) == "All is well."


def test_notes_are_counted() -> None:
    assert verdict([OK, NOTE]).startswith("It works; 1 note above")
    assert verdict([NOTE, NOTE]).startswith("It works; 2 notes above")


def test_the_first_thing_that_is_wrong_is_named_with_what_to_do() -> None:
    assert verdict([NOTE, WRONG]) == "Not well: Broken. Mend it."
    assert verdict([WRONG, WRONG]).startswith("Not well: Broken. Mend it. (1 more")
