"""Examination of the vision model with the real loader, on fresh pictures of many sizes.

Most of the pictures are not square; `pictures.draw` says how else they differ.
"""

from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from mlx_vlm import apply_chat_template, generate, load

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import REACH, aspect, draw
from mlx_jupyter.demo.recipe.score import Score, score
from mlx_jupyter.demo.recipe.vision_lessons import Look, look

__all__ = ["examine"]

QUESTIONS = 100
SIDES_PIXELS = (64, 84, 120, 200, 300)
LONGEST_ANSWER_TOKENS = 24


class Paper(NamedTuple):
    """How many pictures a question has, and within which bounds the radius of their shapes is."""

    pictures: int
    reach: tuple[float, float] = REACH


PAPERS = {
    "no picture": Paper(0),
    "one picture": Paper(1),
    "one picture, small shape": Paper(1, (0.12, 0.22)),
    "one picture, large shape": Paper(1, (0.42, 0.5)),
    "two pictures": Paper(2),
}


def examine(folder: Path, questions: int = QUESTIONS) -> dict[str, Score]:
    """The score of the checkpoint on every paper of so many questions."""
    random = dice(77)
    model, processor = load(str(folder))
    marked: dict[str, list[tuple[str, str, bool]]] = {name: [] for name in PAPERS}
    for name, paper in PAPERS.items():
        for drawn in looks(random, paper.pictures, questions):
            given = answer(model, processor, drawn, random, paper.reach)
            marked[name].append((f"{drawn.question} {drawn.answer}", given, given == drawn.answer))
    return {name: score(sheet) for name, sheet in marked.items()}


def looks(random: Random, pictures: int, questions: int) -> Iterable[Look]:
    """So many questions about so many pictures."""
    endless = (look(random) for _ in count())
    return islice((drawn for drawn in endless if len(drawn.subjects) == pictures), questions)


def answer(
    model: Any,
    processor: Any,
    drawn: Look,
    random: Random,
    reach: tuple[float, float] = REACH,
) -> str:
    """What the model says about pictures that are drawn for the occasion."""
    system = [{"role": "system", "content": drawn.system}] if drawn.system else []
    messages = [*system, {"role": "user", "content": drawn.question}]
    prompt = apply_chat_template(processor, model.config, messages, num_images=len(drawn.subjects))
    with TemporaryDirectory() as folder:
        images = list(painted(Path(folder), drawn, random, reach))
        options = {"max_tokens": LONGEST_ANSWER_TOKENS, "temperature": 0.0, "verbose": False}
        return str(generate(model, processor, prompt, image=images or None, **options).text).strip()


def painted(folder: Path, drawn: Look, random: Random, reach: tuple[float, float]) -> Iterable[str]:
    """Files with a picture of each subject."""
    for number, shown in enumerate(drawn.subjects):
        target = folder / f"{number}.png"
        draw(random, shown, random.choice(SIDES_PIXELS), aspect(random), reach).save(target)
        yield str(target)
