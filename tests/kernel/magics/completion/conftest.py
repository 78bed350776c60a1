"""What a frontend would offer on Tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from IPython.core.completer import provisionalcompleter

from tests.kernel.conftest import known_model

MODELS = {
    "demo/chat": known_model(),
    "demo/vision": known_model(kind="vision"),
    "demo/embed": known_model(kind="embedding"),
    "mlx-community/Qwen3-4B-4bit": known_model(
        status="running", size_gb=2.3, pinned=True, last_used=5.0
    ),
    "org/a+b@main": known_model(status="running", size_gb=0.1, last_used=9.0),
}


NBSP = "\N{NO-BREAK SPACE}"


class Tab(NamedTuple):
    """`replaced` is the text before the cursor that a choice takes the place of. In `types` blanks
    are plain ones, which they are not for JupyterLab's sake."""

    replaced: str
    texts: list[str]
    types: list[str]


@pytest.fixture
def tab(shell: Any, use_canned: Any) -> Callable[[str], Tab]:
    """Tab at the end of a text, or at the `|` in it."""
    use_canned.models = MODELS

    def press(text: str) -> Tab:
        before, _, after = text.partition("|")
        with provisionalcompleter():
            found = list(shell.Completer.completions(before + after, len(before)))
        starts = {each.start for each in found} or {len(before)}
        assert len(starts) == 1
        replaced = before[starts.pop() :]
        return Tab(
            replaced,
            [each.text for each in found],
            [each.type.replace(NBSP, " ") for each in found],
        )

    return press
