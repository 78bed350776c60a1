"""Prompts filled in a shell whose variables the test gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.interpolation.fill import Filled, fill


@pytest.fixture
def filled(shell: InteractiveShell) -> Callable[..., Filled]:
    def fill_with(text: str, **variables: Any) -> Filled:
        shell.user_ns.update(variables)
        return fill(shell, text)

    return fill_with


@pytest.fixture
def written(filled: Callable[..., Filled]) -> Callable[[Any], str]:
    """What stands in a prompt for a value."""
    return lambda value: filled("{{value}}", value=value).text


@pytest.fixture
def run(shell: InteractiveShell, capsys: Any) -> Callable[[str], None]:
    """Runs a cell as a user does."""

    def run_cell(source: str) -> None:
        shell.run_cell(source, store_history=True)
        capsys.readouterr()

    return run_cell
