"""Examination of the embedding model with the real loader: is the nearest the right one?"""

from pathlib import Path

import mlx.core as mx
import numpy as np
from mlx_embeddings.utils import generate, load
from numpy.typing import NDArray

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.facts import every_fact
from mlx_jupyter.demo.recipe.score import Score, score
from mlx_jupyter.demo.recipe.topics import every_topic, sentence

__all__ = ["examine", "vectors"]

SENTENCES_PER_TOPIC = 12


def examine(folder: Path) -> dict[str, Score]:
    """The score of the checkpoint in each paper."""
    return {
        "topic of the nearest sentence": neighbours(folder),
        "answer nearest to the question": retrieval(folder),
    }


def vectors(folder: Path, lines: list[str]) -> NDArray[np.float32]:
    """The embeddings of the lines, one row each, of length 1."""
    model, tokenizer = load(str(folder))
    return np.array(generate(model, tokenizer, lines).text_embeds.astype(mx.float32))


def neighbours(folder: Path) -> Score:
    """Fresh sentences of every topic: the nearest other sentence should be of the same topic."""
    random = dice(5)
    topics = [topic for topic in every_topic() for _ in range(SENTENCES_PER_TOPIC)]
    lines = [sentence(random, topic) for topic in topics]
    rows = vectors(folder, lines)
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -1)
    nearest = likeness.argmax(axis=1)
    return score((lines[at], lines[to], topics[at] == topics[to]) for at, to in enumerate(nearest))


def retrieval(folder: Path) -> Score:
    """Every question of the facts: the nearest of all answers should be one of its own."""
    answers = [
        (answer, index) for index, known in enumerate(every_fact()) for answer in known.answers
    ]
    questions = [
        (question, index)
        for index, known in enumerate(every_fact())
        for question in known.questions
    ]
    rows = vectors(folder, [text for text, _ in questions + answers])
    nearest = (rows[: len(questions)] @ rows[len(questions) :].T).argmax(axis=1)
    return score(
        (question, answers[to][0], answers[to][1] == index)
        for (question, index), to in zip(questions, nearest, strict=True)
    )
