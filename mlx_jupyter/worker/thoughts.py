"""The text of what a model thinks, apart from the text of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlx_jupyter.worker.thinking import Phase, Said, Thinking

if TYPE_CHECKING:
    from mlx_lm.tokenizer_utils import StreamingDetokenizer

__all__ = ["Thoughts"]


class Thoughts:
    """Blanks at both ends are left out: they belong to the marks, and differ from template to
    template. `happened` says whether there were any thoughts."""

    def __init__(self, thinking: Thinking, detokenizer: StreamingDetokenizer) -> None:
        self._thinking = thinking
        self._detokenizer = detokenizer
        self._text = self._blanks = ""
        self._begun = False
        self._tokens = 0
        self.happened = thinking.phase is Phase.THINKING

    @property
    def over(self) -> bool:
        return self._thinking.over

    def push(self, said: Said) -> list[Said]:
        """The tokens that are certain now to be the answer's."""
        self._tokens += 1
        released = self._thinking.push(said)
        self.happened = self.happened or self._thinking.phase is Phase.THINKING
        return self._kept(released)

    def end(self) -> list[Said]:
        """As `push`, when no more comes."""
        return self._kept(self._thinking.end(), at_end=True)

    def take(self) -> tuple[str, int]:
        """What has become certain since the last time: a text, and how many tokens were thoughts or
        their marks."""
        if not self.happened:
            return "", 0
        taken = self._text, self._tokens
        self._text, self._tokens = "", 0
        return taken

    def _kept(self, released: list[Said], *, at_end: bool = False) -> list[Said]:
        if not self.happened:
            return released
        for said in released:
            self._detokenizer.add_token(said.token)
            self._add(self._detokenizer.last_segment)
        if at_end or self.over:
            self._detokenizer.finalize()
            self._add(self._detokenizer.last_segment)
        return []

    def _add(self, segment: str) -> None:
        text = self._blanks + segment
        certain = text.rstrip() if self._begun else text.strip()
        self._blanks = text[len(text.rstrip()) :] if certain or self._begun else ""
        self._begun = self._begun or bool(certain)
        self._text += certain
