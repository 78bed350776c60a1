"""The prompts that items are put into."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.mapping.items import items_of
from mlx_jupyter.kernel.mapping.prompts import names_item, prompts_of
from tests.kernel.mapping.conftest import Asking, fill_simply

FRAME = pd.DataFrame({"title": ["Emma", "Dune"], "year": [1815, 1965]})


def filled(shell: Any, prompt: str, value: Any, **more: Any) -> list[str]:
    question = Asking(prompt, **more)
    found = prompts_of(shell, question, items_of(value, "it"), [], fill_simply)
    return [prompt.text for prompt in found]


def test_the_item_is_put_where_it_is_named(shell: Any) -> None:
    assert filled(shell, "Sum up {{it}}!", ["a", "b"]) == ["Sum up a!", "Sum up b!"]


def test_a_row_has_its_columns(shell: Any) -> None:
    prompts = filled(shell, "{{title}} ({{row.year}}, {{it['title']}})", FRAME)
    assert prompts == ["Emma (1815, Emma)", "Dune (1965, Dune)"]


def test_an_item_that_is_not_named_stands_below(shell: Any) -> None:
    assert filled(shell, "Sum up", ["a"]) == ["Sum up\n\na"]
    assert filled(shell, "Sum up", FRAME)[1] == "Sum up\n\ntitle: Dune\nyear: 1965"


def test_names_of_the_users_do_not_count(shell: Any) -> None:
    shell.user_ns["limit"] = 3
    assert filled(shell, "In {{limit}} words:", ["a"]) == ["In 3 words:\n\na"]


def test_a_raw_prompt_is_left_alone(shell: Any) -> None:
    assert filled(shell, "Keep {{it}}", ["a"], raw=True) == ["Keep {{it}}\n\na"]


def test_a_name_counts_only_in_double_braces() -> None:
    assert names_item("{{ it.upper() }}", ["it"])
    assert names_item("{{len(row)}}", ["it", "row"])
    assert not names_item("it {it} {{item}} row", ["it", "row"])


def test_a_mistake_tells_the_item(shell: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^Item 2: 1 / it failed: ZeroDivisionError"):
        filled(shell, "{{1 / it}}", [1, 2, 0])
    with pytest.raises(InvalidRequest, match=r"^Item x: 1 / it failed"):
        filled(shell, "{{1 / it}}", {"a": 1, "x": 0})


def test_a_mistake_in_the_first_is_one_in_all(shell: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^missing failed"):
        filled(shell, "{{missing}} {{it}}", [1, 2])
