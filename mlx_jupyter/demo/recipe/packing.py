"""Rows of tokens for training: several conversations, one after another, in a row of fixed length.

Packing halves the tokens that are spent on padding; the copy exercises need about 700 steps so, twice as many otherwise.
Conversations in a row can see the ones before them. So an end-of-text token stands between them, and the model learns to
look no further back: a name told in another conversation does not count.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random

import mlx.core as mx
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe.lessons import Conversation
from mlx_jupyter.demo.recipe.template import END_OF_TEXT, END_OF_TURN, START_OF_TURN

__all__ = ["Packer"]


class Packer:
    """Turns conversations into batches of token ids and a mask of the ids that are answers."""

    def __init__(self, tokenizer: Tokenizer, draw: Callable[[Random], Conversation], seed: int = 1) -> None:
        self.tokenizer = tokenizer
        self.draw = draw
        self.random = Random(seed)
        self.ids = lru_cache(maxsize=100_000)(self.encode)

    def encode(self, text: str) -> list[int]:
        """The token ids of a piece of text."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def tokens(self, conversation: Conversation) -> tuple[list[int], list[int]]:
        """The ids of a conversation as the chat template writes it, and a 1 for each that the model has to say."""
        ids: list[int] = []
        said: list[int] = []
        system = f"{START_OF_TURN}system\n{conversation.system}{END_OF_TURN}\n" if conversation.system else ""
        for turn in conversation.turns:
            asked = self.ids(f"{system}{START_OF_TURN}user\n{turn.question}{END_OF_TURN}\n{START_OF_TURN}assistant\n")
            answered = self.ids(f"{turn.answer}{END_OF_TURN}")
            after = self.ids("\n")
            ids += [*asked, *answered, *after]
            said += [0] * len(asked) + [1] * len(answered) + [0] * len(after)
            system = ""
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

    def batches(self, rows: int, length: int) -> Iterator[tuple[mx.array, mx.array]]:
        """Endless batches (ids, said), each of shape (rows, length + 1): inputs and targets overlap."""
        while True:
            drawn = [self.row(length + 1) for _ in range(rows)]
            yield mx.array([ids for ids, _ in drawn]), mx.array([said for _, said in drawn]).astype(mx.float32)
