"""Rows of tokens for training: several conversations, one after another, in a row of fixed length.

Nothing is spent on padding so; the copy exercises are learnt in half the tokens. Conversations in a
row can see the ones before them. So an end-of-text token stands between them, and the model learns
to look no further back: a name told in another conversation does not count.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random

import mlx.core as mx
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe.conversation import Conversation
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.template import (
    END_OF_TEXT,
    END_OF_TURN,
    START_OF_TURN,
    TOOLS_BEGIN,
    TOOLS_END,
)

__all__ = ["Packer"]


class Packer:
    """Turns conversations into batches of token ids and a mask of the ids that are answers."""

    def __init__(
        self, tokenizer: Tokenizer, draw: Callable[[Random], Conversation], seed: int = 1
    ) -> None:
        self.tokenizer = tokenizer
        self.draw = draw
        self.random = dice(seed)
        self.ids = lru_cache(maxsize=100_000)(self.encode)

    def encode(self, text: str) -> list[int]:
        """The token ids of a piece of text."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def tokens(self, conversation: Conversation) -> tuple[list[int], list[int]]:
        """The ids of a conversation as the chat template writes it, and a 1 for each to be said."""
        ids: list[int] = []
        said: list[int] = []
        before = preamble(conversation)
        for turn in conversation.turns:
            asked = self.ids(
                f"{before}{START_OF_TURN}user\n{turn.question}{END_OF_TURN}\n{START_OF_TURN}assistant\n"
            )
            answered = self.ids(f"{turn.answer}{END_OF_TURN}")
            after = self.ids("\n")
            ids += [*asked, *answered, *after]
            said += [0] * len(asked) + [1] * len(answered) + [0] * len(after)
            before = ""
        return ids, said

    def row(self, length: int) -> tuple[list[int], list[int]]:
        """Conversations until the row is full; the last one is cut."""
        ids: list[int] = []
        said: list[int] = []
        while len(ids) < length:
            more_ids, more_said = self.tokens(self.draw(self.random))
            ids += [*more_ids, *self.ids(END_OF_TEXT)]
            said += [*more_said, 0]
        return ids[:length], said[:length]

    def batches(self, rows: int, length: int) -> Iterator[tuple[mx.array, ...]]:
        """Endless batches of ids and said, each (rows, length + 1): inputs and targets overlap."""
        while True:
            ids, said = zip(*(self.row(length + 1) for _ in range(rows)), strict=True)
            yield mx.array(ids), mx.array(said).astype(mx.float32)


def preamble(conversation: Conversation) -> str:
    """The system messages as the chat template writes them: the tools, then the prompt."""
    offered = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in conversation.tools)
    messages = [f"{TOOLS_BEGIN}{offered}{TOOLS_END}"] if offered else []
    messages += [conversation.system] if conversation.system else []
    return "".join(f"{START_OF_TURN}system\n{message}{END_OF_TURN}\n" for message in messages)
