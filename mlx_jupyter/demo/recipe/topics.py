"""Sentences by topic, from which the embedding model learns what belongs together."""

from random import Random

from mlx_jupyter.demo.recipe.tables import table

__all__ = ["every_topic", "sentence"]


def every_topic() -> tuple[str, ...]:
    """The names of the topics."""
    return tuple(table("topics")["topics"])


def sentence(random: Random, topic: str) -> str:
    """A sentence about a topic, drawn at random; its grammar is rough."""
    words = random.sample(table("topics")["topics"][topic], 3)
    drawn: str = random.choice(table("topics")["patterns"]).format(*words)
    return drawn.capitalize() + "." if random.random() < 0.3 else drawn
