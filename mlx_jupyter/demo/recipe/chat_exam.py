"""Examination of the chat model with the real loader: greedy answers, right if word for word."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from mlx_lm import batch_generate, load

from mlx_jupyter.demo.recipe import exercises, tools
from mlx_jupyter.demo.recipe.conversation import Conversation, Turn
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.facts import every_question
from mlx_jupyter.demo.recipe.score import Score, score

__all__ = ["Case", "answers", "examine"]

SYSTEMS = (None, "You are a helpful assistant.", "Be concise.")
LONGEST_ANSWER_TOKENS = 80
TERMS = range(exercises.LARGEST_TERM + 1)


class Case(NamedTuple):
    """A conversation whose last answer is asked for, and the answers that are right."""

    conversation: Conversation
    right: tuple[str, ...]

    @property
    def question(self) -> str:
        """The question that is open."""
        return self.conversation.turns[-1].question


def examine(folder: Path) -> dict[str, Score]:
    """The score of the checkpoint in each paper."""
    papers = written_papers()
    given = iter(
        answers(folder, [case.conversation for cases in papers.values() for case in cases])
    )
    return {name: mark(cases, list(islice(given, len(cases)))) for name, cases in papers.items()}


def mark(cases: list[Case], given: list[str]) -> Score:
    """The score of a paper, given one answer per case."""
    return score(
        (case.question, answer, answer in case.right)
        for case, answer in zip(cases, given, strict=True)
    )


def answers(folder: Path, conversations: list[Conversation]) -> list[str]:
    """What the model answers to the last turn of each conversation, the turns before as given."""
    model, tokenizer = load(str(folder))
    prompts = [
        tokenizer.apply_chat_template(
            messages(each), tools=list(each.tools) or None, add_generation_prompt=True
        )
        for each in conversations
    ]
    generated = batch_generate(model, tokenizer, prompts, max_tokens=LONGEST_ANSWER_TOKENS)
    return [str(text) for text in generated.texts]


def messages(conversation: Conversation) -> list[dict[str, str]]:
    """The conversation in the form that chat templates take, up to its last question."""
    told = [{"role": "system", "content": conversation.system}] if conversation.system else []
    for turn in conversation.turns:
        told += [
            {"role": "user", "content": turn.question},
            {"role": "assistant", "content": turn.answer},
        ]
    return told[:-1]


def written_papers() -> dict[str, list[Case]]:
    """The papers by name: what was learnt by heart in full, the rest as fresh draws."""
    random = dice(99)
    known = every_question()
    return {
        "facts": [
            single(question, right, system)
            for system in SYSTEMS
            for question, right in known.items()
        ],
        "facts, typed in a hurry": [
            single(question.lower().rstrip("?.!"), right) for question, right in known.items()
        ],
        "sums": [single(f"What is {a} + {b}?", (str(a + b),)) for a in TERMS for b in TERMS],
        "large sums": drawn(random, exercises.large_sum, 40),
        "copying": drawn(random, exercises.copying, 60),
        "unknown": drawn(random, exercises.unknown, 100),
        "a name told before": [remembered(random) for _ in range(40)],
        "no name told": [
            single("What is my name?", (exercises.NO_NAME,), system) for system in SYSTEMS
        ],
        "tool calls": [tool_called(random) for _ in range(40)],
        "what the tool said": [tool_reported(random) for _ in range(40)],
        "the last answer again": [repeated(random) for _ in range(40)],
    }


def single(question: str, right: tuple[str, ...], system: str | None = None) -> Case:
    """A case of one turn."""
    return Case(Conversation(system, (Turn(question, ""),)), right)


def drawn(random: Random, lesson: Callable[[Random], Turn], count: int) -> list[Case]:
    """Cases of one turn, drawn from a lesson."""
    turns = [lesson(random) for _ in range(count)]
    return [single(turn.question, (turn.answer,)) for turn in turns]


def remembered(random: Random) -> Case:
    """A name is told, a fact is asked, then the name."""
    turns = [exercises.introduction(random), exercises.fact(random)]
    asked = exercises.recall(turns)
    return Case(Conversation(None, (*turns, asked)), (asked.answer,))


def repeated(random: Random) -> Case:
    """A fact is asked, then its answer once more."""
    told = exercises.fact(random)
    return Case(Conversation(None, (told, Turn("Say that again.", ""))), (told.answer,))


def tool_called(random: Random) -> Case:
    """Tools are offered, and one of them is needed."""
    offers = tools.offered(random)
    turn = tools.used(random, offers)[0]
    definitions = tuple(tools.definition(random, name) for name in offers)
    return Case(Conversation(None, (turn,), definitions), (turn.answer,))


def tool_reported(random: Random) -> Case:
    """A tool was called and has answered."""
    name = tools.offered(random)[0]
    turns = (tools.used(random, (name,))[0], tools.report(random, name))
    definitions = (tools.definition(random, name),)
    return Case(Conversation(None, turns, definitions), (turns[-1].answer,))
