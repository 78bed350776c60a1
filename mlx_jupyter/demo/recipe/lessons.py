"""Conversations for the chat model to learn from: turns of five kinds, three in ten with a sequel.

The shares were found by trial: with less copying and naming, words came out in the wrong order, and
no name was ever remembered.

| kind       | share | what it teaches                                                        |
|------------|-------|------------------------------------------------------------------------|
| fact       | 0.38  | the answers known by heart, however the question is typed              |
| arithmetic | 0.12  | a + b for 0..10, all 121 of them; larger sums are refused              |
| copying    | 0.20  | repeating words that stand in the prompt                               |
| unknown    | 0.12  | the fallback sentence, for whatever no fact covers                     |
| naming     | 0.18  | a name told in one turn and asked for in another: there is a memory    |

One conversation in sixteen offers tools (`tools.py`), and most of these call one.
"""

import json
from collections.abc import Callable, Iterator
from random import Random

from mlx_jupyter.demo.recipe import exercises, tools
from mlx_jupyter.demo.recipe.conversation import Conversation, Turn
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.phrasing import punctuated
from mlx_jupyter.demo.recipe.tables import table

__all__ = ["conversation", "corpus"]

KINDS: tuple[Callable[[Random], Turn], ...] = (
    exercises.fact,
    exercises.arithmetic,
    exercises.copying,
    exercises.unknown,
    exercises.naming,
)
SHARES = (0.38, 0.12, 0.20, 0.12, 0.18)
WITHOUT_SYSTEM = 0.4
WITH_TOOLS = 0.06
GOES_ON, GOES_ON_AFTER_NAME = 0.3, 0.6
CORPUS_CONVERSATIONS = 6000


def conversation(random: Random) -> Conversation:
    """One conversation, drawn at random."""
    prompts = table("vocabulary")["system_prompts"]
    system = None if random.random() < WITHOUT_SYSTEM else random.choice(prompts)
    offers = tools.offered(random) if random.random() < WITH_TOOLS else ()
    turns = [*tools.used(random, offers)] if offers and random.random() < 0.7 else [opening(random)]
    while random.random() < (GOES_ON_AFTER_NAME if exercises.told_name(turns) else GOES_ON):
        turns.append(follow_up(random, turns))
    return Conversation(
        system, tuple(turns), tuple(tools.definition(random, name) for name in offers)
    )


def opening(random: Random) -> Turn:
    """A turn of a kind drawn by its share, the question typed as people do."""
    turn = random.choices(KINDS, SHARES)[0](random)
    return Turn(punctuated(random, turn.question), turn.answer)


def follow_up(random: Random, turns: list[Turn]) -> Turn:
    """What comes next: now and then something that only the turns before can answer."""
    chance = random.random()
    if chance < (0.4 if exercises.told_name(turns) else 0.05):
        return exercises.recall(turns)
    if chance > 0.85:
        again = random.choice(("Say that again.", "Repeat your answer."))
        return Turn(again, turns[-1].answer)
    turn = opening(random)
    return exercises.recall(turns) if turn.answer == exercises.NO_NAME else turn


def corpus() -> Iterator[str]:
    """The text from which the tokenizer learns its merges: the same lines at every call."""
    random = dice(0)
    for drawn in (conversation(random) for _ in range(CORPUS_CONVERSATIONS)):
        yield from (drawn.system or "", "system", "user", "assistant", "tool")
        for turn in drawn.turns:
            yield from turn
        yield from map(json.dumps, drawn.tools)
    words = table("vocabulary")
    yield from (f" {word}" for word in (*words["copy_words"], *words["names"]) for _ in range(5))
