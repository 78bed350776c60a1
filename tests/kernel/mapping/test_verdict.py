"""When it is of no use to go on."""

from __future__ import annotations

import pytest

from mlx_jupyter.errors import RequestFailed, ServerNotFound
from mlx_jupyter.kernel.mapping.verdict import Verdict

TOO_LONG = RequestFailed("too long", status=400, code="context_length_exceeded")


@pytest.mark.parametrize(
    "error",
    [
        ServerNotFound("gone"),
        RequestFailed("key", status=401),
        RequestFailed("none", status=404, code="model_not_found"),
        RequestFailed("memory", status=503, code="insufficient_memory"),
        RequestFailed("kind", status=400, code="wrong_model_kind"),
    ],
    ids=str,
)
def test_some_failures_are_those_of_all(error: RequestFailed) -> None:
    verdict = Verdict(8)
    verdict.after(None)
    assert verdict.after(error) is error


def test_what_fails_for_one_is_not() -> None:
    verdict = Verdict(2)
    assert [verdict.after(error) for error in (TOO_LONG, None, TOO_LONG, TOO_LONG)] == [None] * 4


def test_what_fails_alike_from_the_beginning_is() -> None:
    verdict = Verdict(3)
    assert [verdict.after(TOO_LONG) for _ in range(3)] == [None, None, TOO_LONG]


def test_different_words_are_not_alike() -> None:
    verdict = Verdict(2)
    errors = [RequestFailed(f"{count} tokens", status=400) for count in range(5)]
    assert [verdict.after(error) for error in errors] == [None] * 5
