"""What the demo chat model knows by heart: every answer it may give to a question, word for word.

The facts stand in `data/facts.toml`. They are true of this project, and the tests hold the shipped
model to them. A fact has several answers only where any of them is right (a coin, a die): there,
temperature and seed have something to show.
"""

from functools import cache
from typing import NamedTuple

from mlx_jupyter.demo.recipe.tables import table

__all__ = ["FALLBACK", "Fact", "every_fact", "every_question"]

FALLBACK = "I am a tiny demo model and I do not know that."


class Fact(NamedTuple):
    """Equally right answers, and the questions that ask for them."""

    answers: tuple[str, ...]
    questions: tuple[str, ...]


@cache
def every_fact() -> tuple[Fact, ...]:
    """The facts, in the order of the file."""
    rows = table("facts")["fact"]
    return tuple(Fact(tuple(row["answers"]), tuple(row["questions"])) for row in rows)


def every_question() -> dict[str, tuple[str, ...]]:
    """Each question of the facts, with the answers that are right for it."""
    return {question: known.answers for known in every_fact() for question in known.questions}
