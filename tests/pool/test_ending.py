from __future__ import annotations

import signal

from mlx_jupyter.pool.ending import words_of


def test_an_exit_code_and_the_last_words_are_told() -> None:
    words = words_of(7, "org/name", 1, b"Traceback\nRuntimeError: [metal::malloc] no\n")
    assert words == (
        "The worker process 7 of model 'org/name' ended (exit code 1; it last said: RuntimeError: "
        "[metal::malloc] no). Try again: it is replaced."
    )


def test_a_killed_process_had_no_last_words() -> None:
    words = words_of(7, "m", -signal.SIGKILL, b"loading")
    assert "signal SIGKILL, perhaps because memory ran out" in words
    assert "loading" not in words


def test_a_hung_process_was_ended_for_a_reason() -> None:
    assert "(it said nothing for 120 s)" in words_of(7, "m", -9, b"", "it said nothing for 120 s")


def test_a_spare_has_no_model() -> None:
    assert words_of(7, None) == "The worker process 7 ended. Try again: it is replaced."
