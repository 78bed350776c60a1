"""A body while it arrives."""

from __future__ import annotations

import pytest

from mlx_jupyter.errors import TooLarge
from mlx_jupyter.server.handlers.body import MAX_BODY_BYTES, SMALL_BYTES, Body


@pytest.mark.parametrize("announced", [None, 10, SMALL_BYTES, SMALL_BYTES + 1, 10**12])
def test_what_came_in_pieces_is_whole(announced: int | None) -> None:
    body = Body(announced)
    for number in range(100):
        body.add(bytes([number]) * 5000)
    assert bytes(body.view()) == b"".join(bytes([number]) * 5000 for number in range(100))


@pytest.mark.parametrize("announced", [None, 10, MAX_BODY_BYTES])
def test_too_much_is_refused_to_the_byte(announced: int | None) -> None:
    body = Body(announced)
    for _ in range(64):
        body.add(bytes(MAX_BODY_BYTES // 64))
    assert len(body.view()) == MAX_BODY_BYTES
    with pytest.raises(TooLarge, match="64 MiB"):
        body.add(b"x")


def test_images_are_lifted_out_of_what_has_come_only() -> None:
    body = Body(None)
    url = "data:image/png;base64," + "A" * 20_000
    body.add(f'{{"a": "{url}"}}'.encode())
    lifted = body.lifted()
    (found,) = lifted.urls.values()
    assert bytes(found).decode() == url
    assert len(lifted.body) < 100
