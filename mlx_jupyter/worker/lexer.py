"""From a text to its tokens and back, for who asks no more than that: it needs no weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from mlx_jupyter.errors import InvalidRequest, WrongKind
from mlx_jupyter.messages import (
    Detokenize,
    Detokenized,
    Generate,
    Picture,
    Sampling,
    Tokenize,
    Tokenized,
)
from mlx_jupyter.worker.batch import Prompt
from mlx_jupyter.worker.embedding_text import Reader
from mlx_jupyter.worker.loading import Language
from mlx_jupyter.worker.prompt import refuse_endless

__all__ = ["ChatLexer", "EmbeddingLexer", "Lexer", "answer"]


class Lexer(Protocol):
    """`tokens` counts also what is too long for the model, but raises `ContextExceeded` for a text
    of which that is certain before. `vocabulary` bounds the ids that `text` and `names` take."""

    @property
    def context_length(self) -> int: ...
    @property
    def vocabulary(self) -> int: ...
    def tokens(self, request: Tokenize) -> list[int]: ...
    def text(self, tokens: list[int]) -> str: ...
    def names(self, tokens: list[int]) -> list[str]: ...


def answer(lexer: Lexer, request: Tokenize | Detokenize) -> Tokenized | Detokenized:
    """Raises `InvalidRequest` and its kin."""
    if isinstance(request, Detokenize):
        _check(request.tokens, lexer.vocabulary)
        return Detokenized(request.id, lexer.text(request.tokens))
    tokens = lexer.tokens(request)
    names = msgspec.json.encode(lexer.names(tokens)) if request.names else None
    encoded = msgspec.json.encode(tokens)
    return Tokenized(request.id, len(tokens), lexer.context_length, encoded, names)


def _check(tokens: Sequence[int], vocabulary: int) -> None:
    at = next((at for at, token in enumerate(tokens) if not 0 <= token < vocabulary), None)
    if at is not None:
        raise InvalidRequest(
            f"tokens[{at}]: token id {tokens[at]} is not in the vocabulary of {vocabulary} tokens.",
            param="tokens",
        )


class ChatLexer:
    """Of a model that answers: `read` is what makes its prompts, so that the tokens of a chat are
    those that it is answered from."""

    def __init__(
        self, language: Language, read: Callable[[Generate, Sequence[Picture]], Prompt]
    ) -> None:
        self._language = language
        self._read = read

    @property
    def context_length(self) -> int:
        return self._language.context_length

    @property
    def vocabulary(self) -> int:
        return self._language.vocabulary

    def tokens(self, request: Tokenize) -> list[int]:
        generate = Generate(
            id=request.id,
            sampling=Sampling(seed=0),
            messages=request.messages,
            prompt=request.prompt,
            template_options=request.template_options,
        )
        if request.prompt is None:
            return self._read(generate, ()).tokens
        refuse_endless(generate, self._language.longest_prompt_characters)
        tokenizer = self._language.tokenizer
        return list(tokenizer.encode(request.prompt, add_special_tokens=request.special))

    def text(self, tokens: list[int]) -> str:
        return str(self._language.tokenizer.decode(tokens))

    def names(self, tokens: list[int]) -> list[str]:
        return [name or "" for name in self._language.tokenizer.convert_ids_to_tokens(tokens)]


class EmbeddingLexer:
    """Of a model that makes vectors, or ranks: a text as it is, without the prompt that a
    checkpoint may put before it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def context_length(self) -> int:
        return self._reader.context_length

    @property
    def vocabulary(self) -> int:
        return self._reader.vocabulary

    def tokens(self, request: Tokenize) -> list[int]:
        if request.prompt is None:
            raise WrongKind(
                "This model does not chat: send the text as 'prompt'.", param="messages"
            )
        return self._reader.ids_of(request.prompt, special=request.special)

    def text(self, tokens: list[int]) -> str:
        return self._reader.text_of(tokens)

    def names(self, tokens: list[int]) -> list[str]:
        return self._reader.names_of(tokens)
