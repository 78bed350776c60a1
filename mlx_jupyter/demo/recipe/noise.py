"""Made-up texts, for which the model has no answer: what people paste, without the sense."""

from random import Random

from mlx_jupyter.demo.recipe.tables import table

__all__ = ["noise"]

ONSETS = (
    "b",
    "br",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "v",
    "w",
)
VOWELS = ("a", "e", "i", "o", "u", "ie", "ou", "ai")
CODAS = ("", "", "n", "r", "l", "s", "t", "ck")
MARKS = (" ", " ", " ", " ", " ", ", ", ". ", " | ", "\n", ": ", " = ", " - ")
REQUESTS = (
    "",
    "",
    "",
    "Summarize this text: ",
    "Translate: ",
    "What does this mean? ",
    "Explain this error: ",
    "Describe this table:\n\n",
    "What is wrong here?\n\n",
    "Classify: ",
    "Please answer: ",
)


def word(random: Random) -> str:
    """A word that nobody knows, of one to three syllables."""
    parts = (ONSETS, VOWELS, CODAS)
    return "".join(random.choice(part) for _ in range(random.randint(1, 3)) for part in parts)


def noise(random: Random) -> str:
    """Something that somebody might paste: words, numbers and marks with no sense."""
    request = random.choice(REQUESTS)
    count = random.randint(1 if request else 2, 14)
    return request + "".join(piece(random) + random.choice(MARKS) for _ in range(count)).strip()


def piece(random: Random) -> str:
    """One word or number."""
    chance = random.random()
    if chance < 0.4:
        return str(random.choice(table("vocabulary")["copy_words"]))
    if chance < 0.85:
        return word(random)
    return str(random.randint(0, 3000))
