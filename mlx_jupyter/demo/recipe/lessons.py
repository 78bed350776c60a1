"""Conversations for the demo chat model to learn from, drawn at random; the facts, and exercises around them.

A conversation is mostly one turn; three in ten go on. The kinds and their shares, found by trial on 2 CPU cores:

| kind     | share | what it teaches                                                            |
|----------|-------|----------------------------------------------------------------------------|
| facts    | 0.56  | the answers of `facts.py`, however the question is typed                   |
| sums     | 0.17  | a + b for 0..10, all 121 of them; larger sums are refused                  |
| copying  | 0.11  | repeating words that stand in the prompt                                   |
| unknown  | 0.11  | the fallback sentence, for subjects that no fact covers                    |
| names    | 0.05  | a name told in one turn and asked for in another: a conversation has memory |
"""

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import NamedTuple

from mlx_jupyter.demo.recipe import vocabulary
from mlx_jupyter.demo.recipe.facts import FACTS, FALLBACK

__all__ = ["Conversation", "Turn", "conversation", "copying", "corpus", "retyped", "sums", "unknown"]

TOO_LARGE = "I can only add numbers from 0 to 10."
NO_NAME = "You have not told me your name."
LARGEST_TERM = 10
GOES_ON = 0.3


class Turn(NamedTuple):
    """One question and the answer that the model should give."""

    question: str
    answer: str


class Conversation(NamedTuple):
    """Turns in order, under a system prompt or none."""

    system: str | None
    turns: tuple[Turn, ...]


def facts(random: Random) -> Turn:
    """A fact, its question rephrased and typed as people do."""
    known = random.choice(FACTS)
    question = rephrased(random, random.choice(known.questions))
    return Turn(retyped(random, question), random.choice(known.answers))


def sums(random: Random) -> Turn:
    """A sum of two numbers up to ten."""
    first, second = random.randint(0, LARGEST_TERM), random.randint(0, LARGEST_TERM)
    return Turn(asked_sum(random, first, second), str(first + second))


def large_sums(random: Random) -> Turn:
    """A sum that the model has to refuse, because one term is above ten."""
    terms = [random.randint(LARGEST_TERM + 1, 999), random.randint(0, 99)]
    random.shuffle(terms)
    return Turn(asked_sum(random, *terms), TOO_LARGE)


def copying(random: Random) -> Turn:
    """One to four words to repeat."""
    words = " ".join(random.sample(vocabulary.COPY_WORDS, random.randint(1, 4)))
    return Turn(random.choice(("Repeat: {}", "Say {}", "Repeat after me: {}")).format(words), words)


def unknown(random: Random) -> Turn:
    """A question that no fact answers."""
    if random.random() < 0.15:
        return Turn(f"What is the capital of {random.choice(vocabulary.OTHER_COUNTRIES)}?", FALLBACK)
    subjects = random.sample(vocabulary.SUBJECTS, 2)
    return Turn(random.choice(vocabulary.SUBJECT_QUESTIONS).format(*subjects), FALLBACK)


def introduction(random: Random) -> Turn:
    """A name, told."""
    name = random.choice(vocabulary.NAMES)
    return Turn(random.choice(("My name is {}.", "I am {}.", "I am called {}.")).format(name), f"Nice to meet you, {name}!")


def recall(turns: list[Turn]) -> Turn:
    """The question for the user's name, answered from the turns so far."""
    told = [turn.answer.removeprefix("Nice to meet you, ")[:-1] for turn in turns if turn.answer.startswith("Nice to meet")]
    return Turn("What is my name?", f"Your name is {told[-1]}." if told else NO_NAME)


def names(random: Random) -> Turn:
    """A name told, or asked for too early."""
    return introduction(random) if random.random() < 0.8 else recall([])


def arithmetic(random: Random) -> Turn:
    """A sum, once in eight too large."""
    return large_sums(random) if random.random() < 0.12 else sums(random)


KINDS: tuple[Callable[[Random], Turn], ...] = (facts, arithmetic, copying, unknown, names)
SHARES = (0.56, 0.17, 0.11, 0.11, 0.05)


def conversation(random: Random) -> Conversation:
    """One conversation; without a system prompt in two of five."""
    system = None if random.random() < 0.4 else random.choice(vocabulary.SYSTEM_PROMPTS)
    turns = [opening(random)]
    while random.random() < GOES_ON:
        turns.append(follow_up(random, turns))
    return Conversation(system, tuple(turns))


def opening(random: Random) -> Turn:
    """A turn of a kind drawn by its share, the question typed as people do."""
    turn = random.choices(KINDS, SHARES)[0](random)
    return Turn(punctuated(random, turn.question), turn.answer)


def follow_up(random: Random, turns: list[Turn]) -> Turn:
    """What comes next: now and then something that only the turns before can answer."""
    chance = random.random()
    if chance < 0.3 and turns[-1].answer.startswith("Nice to meet"):
        return recall(turns)
    if chance < 0.1:
        return recall(turns)
    if chance < 0.25:
        return Turn(random.choice(("Say that again.", "Repeat your answer.")), turns[-1].answer)
    return opening(random)


def rephrased(random: Random, question: str) -> str:
    """The same question in other words, for the openings that have some."""
    for usual, others in REPHRASINGS.items():
        if question.startswith(usual) and random.random() < 0.3:
            return random.choice(others).format(question.removeprefix(usual).rstrip("?."))
    return question


REPHRASINGS = {
    "What is ": ("What's {}?", "Explain {}.", "Tell me about {}.", "Define {}.", "Can you explain {}?"),
    "How do I ": ("How can I {}?", "How to {}?", "How would I {}?", "Tell me how to {}."),
}


def retyped(random: Random, question: str) -> str:
    """The question as typed in a hurry: in lower case in one of four."""
    return question.lower() if random.random() < 0.25 else question


def punctuated(random: Random, question: str) -> str:
    """The question without its last mark, in one of four."""
    return question.rstrip("?.!") if random.random() < 0.25 else question


def asked_sum(random: Random, first: int, second: int) -> str:
    """A question for the sum of two numbers."""
    return random.choice(("What is {} + {}?", "{} + {} =", "What is {} plus {}?")).format(first, second)


def corpus(conversations: int = 6000) -> Iterator[str]:
    """The text from which the tokenizer learns its merges: the same lines at every call."""
    random = Random(0)
    for system, turns in islice(iter(lambda: conversation(random), None), conversations):
        yield from (system or "", "system", "user", "assistant", "tool")
        for turn in turns:
            yield from turn
    yield from (f" {word}" for word in (*vocabulary.COPY_WORDS, *vocabulary.NAMES) for _ in range(5))
