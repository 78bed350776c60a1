"""The code of an answer, offered as the next cell.

1. Prose is not offered, which a model may write although it was asked for code: without a fence
   around it, code is what IPython could run, or could if more followed.
2. A cell that runs again does not offer the same code again: front ends insert a cell for each
   offer, and each "Run All" would leave one more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.conversation.place import place_of

__all__ = ["NextInputs"]


@dataclass
class NextInputs:
    """What the cells of one notebook have offered last."""

    _offered: dict[str, str] = field(default_factory=dict)

    def offer(self, shell: InteractiveShell, answer: Answer) -> None:
        code = answer.code
        if not code or not (answer.code_blocks or _may_run(shell, code)):  # 1
            return
        place = place_of(shell)
        if place is not None:
            if self._offered.get(place.cell) == code:  # 2
                return
            self._offered[place.cell] = code
        shell.set_next_input(code)


def _may_run(shell: InteractiveShell, code: str) -> bool:
    status, _ = shell.input_transformer_manager.check_complete(code)
    return bool(status != "invalid")
