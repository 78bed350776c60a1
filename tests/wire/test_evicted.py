from __future__ import annotations

import pytest

from mlx_jupyter.wire.evicted import evicted_ids, evicted_value


def test_an_ordinary_id_is_as_it_is() -> None:
    assert evicted_value(["org/a@main", "b+c"]) == "org/a@main, b+c"


@pytest.mark.parametrize("ids", [[], ["模型/é"], ["a, b", "c%2Cd"], ["line\nend", "\udc80"]])
def test_whatever_a_folder_is_called_it_comes_back(ids: list[str]) -> None:
    value = evicted_value(ids)
    assert value.isascii()
    assert value.isprintable()
    assert evicted_ids(value) == [one.replace("\udc80", "?") for one in ids]


def test_no_header_is_nobody() -> None:
    assert evicted_ids(None) == []
