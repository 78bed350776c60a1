"""Second stage of the vision recipe: questions and answers as batches.

The features of the pictures stand in their places.
"""

from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import NamedTuple

import mlx.core as mx
import numpy as np
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.picture_bank import PictureBank, Seen
from mlx_jupyter.demo.recipe.template import END_OF_TURN, IMAGE, START_OF_TURN
from mlx_jupyter.demo.recipe.vision_lessons import Look, look

__all__ = ["batches"]

LENGTH_STEP = 8


class Example(NamedTuple):
    """One row of a batch, not yet padded, with its pictures in order."""

    ids: list[int]
    said: list[int]
    pictures: list[Seen]


def batches(
    pieces: Tokenizer, bank: PictureBank, rows: int, seed: int = 3
) -> Iterator[tuple[mx.array, ...]]:
    """Endless batches: ids, said, features, is-picture and positions.

    Shapes: (rows, length) but for the features, (rows, length, width), and the positions,
    (3, rows, length).
    """
    random = dice(seed)
    image = encode(pieces, IMAGE)[0]
    while True:
        yield padded([example(random, pieces, bank) for _ in range(rows)], image)


def example(random: Random, pieces: Tokenizer, bank: PictureBank) -> Example:
    """A question with its answer; the pictures come first, in three of ten they come last."""
    drawn = look(random)
    pictures = [bank.pick(random, shown) for shown in drawn.subjects]
    asked = encode(pieces, prompt(drawn, pictures, pictures_first=random.random() < 0.7))
    answered = encode(pieces, f"{drawn.answer}{END_OF_TURN}")
    said = [0] * len(asked) + [1] * len(answered)
    return Example(asked + answered, said, pictures)


def prompt(drawn: Look, pictures: list[Seen], pictures_first: bool) -> str:
    """The prompt as the chat template writes it, each picture as long as its features are."""
    system = f"{START_OF_TURN}system\n{drawn.system}{END_OF_TURN}\n" if drawn.system else ""
    seen = "".join(f"<|vision_start|>{IMAGE * each.tokens}<|vision_end|>" for each in pictures)
    content = seen + drawn.question if pictures_first else drawn.question + seen
    return f"{system}{START_OF_TURN}user\n{content}{END_OF_TURN}\n{START_OF_TURN}assistant\n"


def encode(pieces: Tokenizer, text: str) -> list[int]:
    """The token ids of a text."""
    return list(pieces.encode(text, add_special_tokens=False).ids)


def padded(examples: list[Example], image: int) -> tuple[mx.array, ...]:
    """The examples as one batch."""
    longest = max(len(each.ids) for each in examples)
    shape = (len(examples), -(-longest // LENGTH_STEP) * LENGTH_STEP)
    ids, said = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    positions = np.zeros((3, *shape), np.int32)
    for row, each in enumerate(examples):
        ids[row, : len(each.ids)] = each.ids
        said[row, : len(each.said)] = each.said
        positions[:, row, : len(each.ids)] = rope_positions(each.ids, image, each.pictures)
    is_picture = ids == image
    # Row 0 of the shelf is empty; each place of a picture takes the next row, in reading order.
    places = np.where(is_picture, np.cumsum(is_picture).reshape(shape), 0)
    features = [seen.features for seen in chain.from_iterable(each.pictures for each in examples)]
    shelf = mx.concatenate([mx.zeros((1, features[0].shape[-1])), *features])
    return (
        mx.array(ids),
        mx.array(said),
        shelf[mx.array(places)],
        mx.array(is_picture),
        mx.array(positions),
    )


def rope_positions(ids: list[int], image: int, pictures: list[Seen]) -> list[list[int]]:
    """Time, line and column of each token, as Qwen2-VL numbers them.

    A picture takes its longer side in time.
    """
    times: list[int] = []
    lines: list[int] = []
    columns: list[int] = []
    now, at, coming = 0, 0, iter(pictures)
    while at < len(ids):
        height, width = next(coming)[1:] if ids[at] == image else (1, 1)
        length = height * width
        times += [now] * length
        lines += [now + cell // width for cell in range(length)]
        columns += [now + cell % width for cell in range(length)]
        now, at = now + max(height, width), at + length
    return [times, lines, columns]
