from __future__ import annotations

import pytest

from mlx_jupyter.kernel.magics.completion.hole import open_hole


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Sum {{df.te", "df.te"),
        ("{{", ""),
        ("{{ df", "df"),
        ("{{a}} and {{b", "b"),
        ("{{a}} and", None),
        ("no hole {a", None),
        (r"\{{a", None),
        ("{{{a", None),
    ],
)
def test_a_hole_is_open_until_it_is_closed(text: str, inside: str | None) -> None:
    assert open_hole(text) == inside
