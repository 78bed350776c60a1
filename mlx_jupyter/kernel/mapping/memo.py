"""Answers that a notebook has been given to the items of `--each`: asked again, they are here."""

from __future__ import annotations

from collections import OrderedDict

from mlx_jupyter.kernel.answer import Answer

__all__ = ["Memo"]

_MOST = 10_000


class Memo:
    """Keeps the last ten thousand, or as many as the largest run has. Lost with the kernel."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, digest: bytes) -> Answer | None:
        answer = self._answers.get(digest)
        if answer is not None:
            self._answers.move_to_end(digest)
        return answer

    def put(self, digest: bytes, answer: Answer) -> None:
        """Takes whole answers only."""
        if answer.partial:
            return
        self._answers[digest] = answer
        self._answers.move_to_end(digest)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def make_room(self, count: int) -> None:
        """Lets so many be kept at once."""
        self._most = max(self._most, count)

    def forget(self, digest: bytes) -> None:
        self._answers.pop(digest, None)
