"""From a request whose prompt is known to its choices, and the rows that continue them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Generate
from mlx_jupyter.worker.batch import Prompt, Row
from mlx_jupyter.worker.loading import Language
from mlx_jupyter.worker.prompt import budget
from mlx_jupyter.worker.sampling import Guarded, make_processors, make_sampler, recipe
from mlx_jupyter.worker.sequence import Sequence
from mlx_jupyter.worker.stop import StopMatcher
from mlx_jupyter.worker.thinking import Phase, Thinking, marks_of, phase_after
from mlx_jupyter.worker.thoughts import Thoughts

if TYPE_CHECKING:
    from mlx_jupyter.worker.structured import Grammars

__all__ = ["Preparation"]

GRAMMARS = "mlx_jupyter.worker.structured"
"""By name: importing llguidance takes 10 MB, which most workers never need."""


class Preparation:
    """Of one model's requests. What it takes to hold answers to a schema is made with the first
    request that asks for it."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._marks = marks_of(language.tokenizer)
        self._grammars: Grammars | None = None

    def choices(self, request: Generate, prompt: Prompt) -> list[tuple[Sequence, Row]]:
        """Raises `InvalidRequest` and `ContextExceeded`."""
        self._check_bias(request)
        room = budget(len(prompt.tokens), request, self._language.context_length)
        choices = [self._choice(request, index, prompt) for index in range(request.n)]
        return [(choice, self._row(request, choice, room)) for choice in choices]

    def shed(self) -> None:
        """The next request with a schema makes it all again."""
        self._grammars = None

    def _check_bias(self, request: Generate) -> None:
        vocabulary = self._language.vocabulary
        bad = [token for token in request.sampling.logit_bias if token >= vocabulary]
        if bad:
            message = f"logit_bias: token id {bad[0]} is not in the vocabulary."
            raise InvalidRequest(message, param="logit_bias")

    def _choice(self, request: Generate, index: int, prompt: Prompt) -> Sequence:
        tokenizer = self._language.tokenizer
        thinking = self._thinking(request, prompt)
        return Sequence(
            request=request.id,
            index=index,
            detokenizer=tokenizer.detokenizer,
            stop=StopMatcher(request.stop),
            processors=self._processors(request, prompt),
            top_logprobs=request.top_logprobs,
            ends=self._ends(request),
            thoughts=Thoughts(thinking, tokenizer.detokenizer) if thinking else None,
        )

    def _ends(self, request: Generate) -> frozenset[int]:
        infill = self._language.infill
        return infill.ends if infill and request.suffix is not None else frozenset()

    def _thinking(self, request: Generate, prompt: Prompt) -> Thinking | None:
        """None where no thoughts can come; a plain prompt is continued as it is."""
        if self._marks is None or request.messages is None:
            return None
        phase = phase_after(prompt.tokens, self._marks)
        return None if phase is Phase.ANSWERING else Thinking(self._marks, phase)

    def _processors(self, request: Generate, prompt: Prompt) -> list[Guarded]:
        """The schema's comes last: no bias lets in what does not fit."""
        settings = recipe(request.sampling, self._language.defaults)
        processors = make_processors(request.sampling, settings, len(prompt.tokens))
        if request.schema is not None:
            thinking = self._thinking(request, prompt)
            constraint = self._made_grammars().constraint(
                request.schema, len(prompt.tokens), thinking
            )
            processors.append(Guarded(constraint, remembers=True))
        return processors

    def _made_grammars(self) -> Grammars:
        if self._grammars is None:
            made: Grammars = importlib.import_module(GRAMMARS).Grammars(self._language)
            self._grammars = made
        return self._grammars

    def _row(self, request: Generate, choice: Sequence, max_tokens: int) -> Row:
        settings = recipe(request.sampling, self._language.defaults)
        seed = request.sampling.seed + choice.index
        sampler = make_sampler(settings, seed, self._language.vocabulary)
        return Row(max_tokens, sampler, tuple(choice.processors))
