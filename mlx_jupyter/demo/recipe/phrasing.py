"""The many ways in which people type one question. Without them `what is mlx` finds no answer."""

from random import Random

__all__ = ["punctuated", "rephrased", "retyped"]

OFTEN = 0.3
AT_TIMES = 0.25
REPHRASINGS = {
    "What is ": ("What's {}?", "Explain {}.", "Tell me about {}.", "Define {}."),
    "How do I ": ("How can I {}?", "How to {}?", "How would I {}?", "Tell me how to {}."),
}


def rephrased(random: Random, question: str) -> str:
    """The same question in other words, at times, for the openings that have some."""
    for usual, others in REPHRASINGS.items():
        if question.startswith(usual) and random.random() < OFTEN:
            return random.choice(others).format(question.removeprefix(usual).rstrip("?."))
    return question


def retyped(random: Random, question: str) -> str:
    """The question, at times in lower case."""
    return question.lower() if random.random() < AT_TIMES else question


def punctuated(random: Random, question: str) -> str:
    """The question, at times without its last mark."""
    return question.rstrip("?.!") if random.random() < AT_TIMES else question
