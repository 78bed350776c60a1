from __future__ import annotations

import os

import pytest

from tests.models import TRAINED
from tests.reference import LIBRARY, kept_bytes
from tests.standing import Standing


def test_what_fails_there_is_raised_here_and_the_next_question_is_answered() -> None:
    with pytest.raises(RuntimeError, match="KeyError: 'what'"):
        LIBRARY.ask("what")
    assert kept_bytes(TRAINED["llama"], [1])[1] > 0


def test_a_process_that_has_ended_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"tests\.waiting has ended"):
        Standing("tests.waiting", lambda: os.environ).ask()
