"""Turns that practise an ability, drawn at random. Each function draws one."""

from random import Random

from mlx_jupyter.demo.recipe.conversation import Turn
from mlx_jupyter.demo.recipe.facts import FALLBACK, every_fact
from mlx_jupyter.demo.recipe.noise import noise
from mlx_jupyter.demo.recipe.phrasing import rephrased, retyped
from mlx_jupyter.demo.recipe.tables import table

__all__ = [
    "LARGEST_TERM",
    "NO_NAME",
    "arithmetic",
    "copying",
    "fact",
    "introduction",
    "large_sum",
    "naming",
    "recall",
    "small_sum",
    "told_name",
    "unknown",
]

TOO_LARGE = "I can only add numbers from 0 to 10."
NO_NAME = "You have not told me your name."
GREETING = "Nice to meet you, "
LARGEST_TERM = 10


def fact(random: Random) -> Turn:
    """A fact, its question rephrased and typed as people do."""
    known = random.choice(every_fact())
    question = rephrased(random, random.choice(known.questions))
    return Turn(retyped(random, question), random.choice(known.answers))


def arithmetic(random: Random) -> Turn:
    """A sum, once in eight too large."""
    return large_sum(random) if random.random() < 0.12 else small_sum(random)


def small_sum(random: Random) -> Turn:
    """A sum of two numbers up to ten."""
    first, second = random.randint(0, LARGEST_TERM), random.randint(0, LARGEST_TERM)
    return Turn(asked_sum(random, first, second), str(first + second))


def large_sum(random: Random) -> Turn:
    """A sum that the model has to refuse, because one term is above ten."""
    terms = [random.randint(LARGEST_TERM + 1, 999), random.randint(0, 99)]
    random.shuffle(terms)
    return Turn(asked_sum(random, *terms), TOO_LARGE)


def asked_sum(random: Random, first: int, second: int) -> str:
    """A question for the sum of two numbers."""
    asked = random.choice(("What is {} + {}?", "{} + {} =", "What is {} plus {}?"))
    return asked.format(first, second)


def copying(random: Random) -> Turn:
    """One to four words to repeat."""
    words = " ".join(random.sample(table("vocabulary")["copy_words"], random.randint(1, 4)))
    return Turn(random.choice(("Repeat: {}", "Say {}", "Repeat after me: {}")).format(words), words)


def unknown(random: Random) -> Turn:
    """A question that no fact answers."""
    words, cities = table("vocabulary"), table("tools")
    subjects = random.sample(words["subjects"], 2)
    questions = words["subject_questions"]
    chance = random.random()
    if chance < 0.25:
        return Turn(noise(random), FALLBACK)
    if chance < 0.35:
        subjects, questions = words["other_countries"], ["What is the capital of {}?"]
    elif chance < 0.45:
        subjects, questions = cities["cities"], cities["kind"]["get_weather"]["questions"]
    random.shuffle(subjects := list(subjects))
    return Turn(random.choice(questions).format(*subjects), FALLBACK)


def naming(random: Random) -> Turn:
    """A name told, or asked for too early."""
    return introduction(random) if random.random() < 0.8 else recall([])


def introduction(random: Random) -> Turn:
    """A name, told."""
    name = random.choice(table("vocabulary")["names"])
    told = random.choice(("My name is {}.", "I am {}.", "I am called {}."))
    return Turn(told.format(name), f"{GREETING}{name}!")


def told_name(turns: list[Turn]) -> str | None:
    """The name that was told last in the turns so far."""
    told = [turn.answer for turn in turns if turn.answer.startswith(GREETING)]
    return told[-1].removeprefix(GREETING).rstrip("!") if told else None


def recall(turns: list[Turn]) -> Turn:
    """The question for the user's name, answered from the turns so far."""
    name = told_name(turns)
    return Turn("What is my name?", f"Your name is {name}." if name else NO_NAME)
