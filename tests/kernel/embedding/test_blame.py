from __future__ import annotations

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.blame import in_users_rows
from mlx_jupyter.kernel.embedding.row_names import RowNames

SENT = [40, 7]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("input[1] has 300 tokens.", "Row 7 has 300 tokens."),
        ("documents[0] is too long.", "Row 40 is too long."),
        ("Too long: input[1].", "Too long: row 7."),
        ("input[9] is odd.", "input[9] is odd."),
        ("Cut it, or send 'truncate': true.", "Cut it, or set truncate=True (%embed --truncate)."),
        ("Out of memory.", "Out of memory."),
    ],
)
def test_a_place_in_the_request_becomes_the_users_row(said: str, words: str) -> None:
    error = RequestFailed(said, status=400)
    assert in_users_rows(error, RowNames(), SENT).message == words


def test_the_rest_of_the_error_stays() -> None:
    error = RequestFailed("No.", status=503, code="insufficient_memory", param="input")
    error.plan = object()
    renamed = in_users_rows(error, RowNames(), SENT)
    facts = (renamed.http_status, renamed.error_code, renamed.param, renamed.plan)
    assert facts == (503, "insufficient_memory", "input", error.plan)
