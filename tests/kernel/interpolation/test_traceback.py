from __future__ import annotations

import json
from typing import Any


def raised(code: Any) -> Exception:
    try:
        code()
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError("nothing was raised")


def test_the_cells_of_an_exception_are_named_and_shown(run: Any, written: Any, shell: Any) -> None:
    run("def f(x):\n    return 1 / x")
    run("try:\n    f(0)\nexcept Exception as error:\n    kept = error")
    assert written(shell.user_ns["kept"]) == (
        "Traceback (most recent call last):\n"
        "  Cell In[2], line 2\n"
        "     try:\n"
        "--->     f(0)\n"
        "     except Exception as error:\n"
        "  Cell In[1], line 2, in f\n"
        "     def f(x):\n"
        "--->     return 1 / x\n"
        "ZeroDivisionError: division by zero"
    )


def test_of_a_library_the_last_frame_is_shown(written: Any) -> None:
    text = written(raised(lambda: json.loads("{")))
    assert '  … 2 more\n  File "json/decoder.py", line' in text
    assert text.endswith("(char 1)")


def test_a_cause_comes_first(written: Any) -> None:
    def fail() -> None:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error

    text = written(raised(fail))
    assert text.index("KeyError: 'inner'") < text.index("While that was handled:")
    assert text.endswith("ValueError: outer")


def test_a_recursion_is_bounded(written: Any) -> None:
    def again() -> None:
        again()

    text = written(raised(again))
    assert len(text.splitlines()) < 100
    assert " more\n" in text


def test_an_exception_that_was_not_raised_is_its_message(written: Any) -> None:
    assert written(ValueError("no")) == "ValueError: no"


def test_a_long_message_is_cut_in_the_middle(written: Any) -> None:
    text = written(ValueError("a" * 5_000 + "b" * 5_000))
    assert text.startswith("ValueError: aaa")
    assert text.endswith("bbb")
    assert len(text) < 5_000
