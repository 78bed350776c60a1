"""What the server says of a text, said of the row that the user knows it as."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.row_names import RowNames

__all__ = ["in_users_rows"]

_PLACE = re.compile(r"(?:input|documents)\[(\d+)\]")
_TRUNCATE = "send 'truncate': true"


def in_users_rows(error: RequestFailed, names: RowNames, sent: Sequence[int]) -> RequestFailed:
    """`error` with `input[2]` as the name of row `sent[2]`."""

    def name(place: re.Match[str]) -> str:
        at = int(place[1])
        if at >= len(sent):
            return place[0]
        return names.of(sent[at]) if place.start() else names.at_head(sent[at])

    message = _PLACE.sub(name, error.message)
    message = message.replace(_TRUNCATE, "set truncate=True (%embed --truncate)")
    renamed = RequestFailed(
        message, status=error.http_status, code=error.error_code, param=error.param
    )
    renamed.plan = error.plan
    return renamed
