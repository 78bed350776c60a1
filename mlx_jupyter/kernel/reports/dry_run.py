"""What a question would cost: its tokens, their memory, and who would have to leave."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.reports.plan import listed, load_words, who_holds
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.units import size
from mlx_jupyter.wire.generation import DEFAULT_MAX_TOKENS, OPEN_ANSWER_TOKENS
from mlx_jupyter.wire.pool import PlanReport
from mlx_jupyter.wire.tokenize import TokenizedText

__all__ = ["DryRunReport"]


@dataclass(repr=False, eq=False)
class DryRunReport(Report):
    """`tokens` are those of the prompt without its `pictures`, None for a model that is not here
    yet. `max_tokens` is what was asked for, None for no bound."""

    plan: PlanReport
    tokens: TokenizedText | None
    max_tokens: int | None = None
    choices: int = 1
    pictures: int = 0

    @property
    def fits(self) -> bool:
        """Would it be answered, perhaps after others have left?"""
        return self.plan.fits and not self._refusal()

    def sentences(self) -> list[str]:
        refusal = self._refusal()
        return [self._cost(), refusal or _outcome(self.plan, is_here=self.tokens is not None)]

    def _cost(self) -> str:
        if self.tokens is None:
            return f"The prompt can be counted once {self.plan.model} is here."
        prompt = f"{self.tokens.count:,} tokens of prompt"
        if self.pictures:
            what = "picture" if self.pictures == 1 else f"{self.pictures} pictures"
            prompt += f" (without its {what})"
        if self._refusal():
            return f"{prompt}."
        answers = f"each of {self.choices} answers" if self.choices > 1 else "answer"
        memory = f"{size(self.plan.kv_bytes)} of keys and values"
        if self.max_tokens is None and self._longest > OPEN_ANSWER_TOKENS:
            memory += f" with {OPEN_ANSWER_TOKENS} of answer"
        return f"{prompt}, up to {self._longest:,} of {answers}, {memory}."

    @property
    def _room(self) -> int:
        """What the context has left for the answer."""
        return self.tokens.max_model_len - self.tokens.count if self.tokens else DEFAULT_MAX_TOKENS

    @property
    def _longest(self) -> int:
        return min(self.max_tokens or DEFAULT_MAX_TOKENS, self._room)

    def _refusal(self) -> str:
        """Why the server would say no whatever the memory; empty where it would not."""
        if self.tokens is None or self._room >= (self.max_tokens or 1):
            return ""
        context = f"{self.plan.model} would refuse it: its context is "
        context += f"{self.tokens.max_model_len:,} tokens"
        if self._room < 1:
            return f"{context}. Shorten the prompt."
        return f"{context}, which leaves {self._room:,} for the answer, not {self.max_tokens:,}."


def _outcome(plan: PlanReport, *, is_here: bool) -> str:
    if not (plan.resident or plan.needed_bytes):
        return plan.reason  # it is being loaded for someone else
    if not plan.fits:
        return f"{plan.model} does not fit: {plan.reason}{who_holds(plan, plan.reason)}"
    steps = [f"wait for {listed(plan.wait_for)}, in use now"] if plan.wait_for else []
    steps += [f"evict {listed(plan.evict)}"] if plan.evict else []
    what = f"would {' and '.join(steps)}" if steps else "fits"
    return f"{_state(plan, is_here=is_here)}: {what}."


def _state(plan: PlanReport, *, is_here: bool) -> str:
    if plan.resident:
        return f"{plan.model} is loaded"
    need = size(plan.needed_bytes - plan.kv_bytes)
    facts = ", ".join([need if is_here else f"about {need}", *load_words(plan)])
    state = "is not loaded" if is_here else "would be downloaded first"
    return f"{plan.model} {state} ({facts})"
