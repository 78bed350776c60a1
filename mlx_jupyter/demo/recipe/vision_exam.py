"""Examination of the vision model with the real loader, on fresh pictures of many sizes."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from mlx_vlm import apply_chat_template, generate, load

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import draw
from mlx_jupyter.demo.recipe.score import Score, score
from mlx_jupyter.demo.recipe.vision_lessons import Look, look

__all__ = ["examine"]

LOOKS = 150
SIDES_PIXELS = (84, 84, 120, 200, 300)
LONGEST_ANSWER_TOKENS = 24
PAPERS = ("no picture", "one picture", "two pictures")


def examine(folder: Path) -> dict[str, Score]:
    """The score of the checkpoint by the number of pictures."""
    random = dice(77)
    model, processor = load(str(folder))
    marked: dict[str, list[tuple[str, str, bool]]] = {paper: [] for paper in PAPERS}
    for drawn in (look(random) for _ in range(LOOKS)):
        given = answer(model, processor, drawn, random)
        marked[PAPERS[len(drawn.subjects)]].append(
            (f"{drawn.question} {drawn.answer}", given, given == drawn.answer)
        )
    return {paper: score(sheet) for paper, sheet in marked.items()}


def answer(model: Any, processor: Any, drawn: Look, random: Random) -> str:
    """What the model says about pictures that are drawn for the occasion."""
    system = [{"role": "system", "content": drawn.system}] if drawn.system else []
    messages = [*system, {"role": "user", "content": drawn.question}]
    prompt = apply_chat_template(processor, model.config, messages, num_images=len(drawn.subjects))
    with TemporaryDirectory() as folder:
        images = list(painted(Path(folder), drawn, random))
        options = {"max_tokens": LONGEST_ANSWER_TOKENS, "temperature": 0.0, "verbose": False}
        return str(generate(model, processor, prompt, image=images or None, **options).text).strip()


def painted(folder: Path, drawn: Look, random: Random) -> Iterable[str]:
    """Files with a picture of each subject."""
    for number, shown in enumerate(drawn.subjects):
        target = folder / f"{number}.png"
        draw(random, shown, random.choice(SIDES_PIXELS)).save(target)
        yield str(target)
