"""Questions about none, one or two pictures, and their answers."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import Subject, subject

__all__ = ["Look", "corpus", "look"]

FIRST, SECOND, BOTH = "{0}.", "{1}.", "{0} and {1}."
ASK_FOR_IMAGE = "Hello! Please send me an image."

WITHOUT = {
    "Hello": ASK_FOR_IMAGE,
    "Hi": ASK_FOR_IMAGE,
    "What can you do?": "I can name the color and shape in an image.",
    "Who are you?": "I am a tiny vision demo model.",
    "What is this?": "Please send me an image.",
    "Describe the image.": "Please send me an image.",
    "What do you see?": "Please send me an image.",
}
ABOUT_ONE = {
    "What is this?": FIRST,
    "What is in the image?": FIRST,
    "What is in this image?": FIRST,
    "What is in the picture?": FIRST,
    "What do you see?": FIRST,
    "Describe the image.": FIRST,
    "Describe this image.": FIRST,
    "What color is it?": "{0.color}.",
    "What colour is it?": "{0.color}.",
    "What shape is it?": "a {0.shape}.",
}
ABOUT_TWO = {
    "What are these?": BOTH,
    "What do you see?": BOTH,
    "What is in these images?": BOTH,
    "Describe the images in order.": BOTH,
    "Describe these images.": BOTH,
    "Name both images.": BOTH,
    "What is in the first image?": FIRST,
    "What is in the second image?": SECOND,
}
SYSTEM_PROMPTS = ("You are a helpful assistant.", "Be concise.")


class Look(NamedTuple):
    """A question about the pictures of some subjects, and the answer that the model should give."""

    system: str | None
    subjects: tuple[Subject, ...]
    question: str
    answer: str


def look(random: Random) -> Look:
    """A question drawn at random: one in twelve is about no picture, half are about two."""
    chance = random.random()
    if chance < 0.08:
        question, answer = random.choice(tuple(WITHOUT.items()))
        return Look(system(random), (), hurried(random, question), answer)
    table, count = (ABOUT_ONE, 1) if chance < 0.45 else (ABOUT_TWO, 2)
    shown = tuple(subject(random) for _ in range(count))
    question, answer = random.choice(tuple(table.items()))
    return Look(system(random), shown, hurried(random, question), sentence(answer, shown))


def sentence(pattern: str, shown: tuple[Subject, ...]) -> str:
    """The pattern filled in, with a capital at its start."""
    filled = pattern.format(*shown)
    return filled[0].upper() + filled[1:]


def system(random: Random) -> str | None:
    """A system prompt in one of five."""
    return random.choice(SYSTEM_PROMPTS) if random.random() < 0.2 else None


def hurried(random: Random, question: str) -> str:
    """The question in lower case and without its mark, in three of ten."""
    return question.lower().rstrip("?.") if random.random() < 0.3 else question


def corpus(looks: int = 1000) -> Iterator[str]:
    """The text from which the tokenizer learns its merges: the same lines at every call."""
    random = dice(0)
    for _ in range(looks):
        drawn = look(random)
        yield from (drawn.question, drawn.answer, drawn.system or "", "system", "user", "assistant")
