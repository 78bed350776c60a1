"""Conversations in which the model is offered tools, and calls one where it fits the question.

It knows two, by name: a tool that tells the weather of a city, and one that tells its time.
"""

import json
from random import Random
from typing import Any

from mlx_jupyter.demo.recipe.conversation import Turn
from mlx_jupyter.demo.recipe.facts import FALLBACK
from mlx_jupyter.demo.recipe.tables import table

__all__ = ["definition", "offered", "report", "used"]


def offered(random: Random) -> tuple[str, ...]:
    """The names of one or both tools, in any order."""
    return tuple(random.sample(sorted(table("tools")["kind"]), random.choice((1, 1, 2))))


def definition(random: Random, name: str) -> dict[str, Any]:
    """A tool in OpenAI's form, described in one of several ways."""
    city: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
    if random.random() < 0.6:
        city["required"] = ["city"]
    described: dict[str, Any] = {"name": name}
    if random.random() < 0.7:
        described["description"] = random.choice(table("tools")["kind"][name]["descriptions"])
    return {"type": "function", "function": {**described, "parameters": city}}


def used(random: Random, offers: tuple[str, ...]) -> tuple[Turn, ...]:
    """A question about a city and the call that it needs; in two of five what the tool says, too.

    Now and then no offer fits: then the model does not know.
    """
    name = random.choice(sorted(table("tools")["kind"]) if random.random() < 0.1 else offers)
    city = random.choice(table("tools")["cities"])
    question = random.choice(table("tools")["kind"][name]["questions"]).format(city)
    if name not in offers:
        return (Turn(question, FALLBACK),)
    wanted = json.dumps({"name": name, "arguments": {"city": city}})
    called = Turn(question, f"<tool_call>\n{wanted}\n</tool_call>")
    return (called, report(random, name)) if random.random() < 0.4 else (called,)


def report(random: Random, name: str) -> Turn:
    """What a tool returns, and the model's answer."""
    said = random.choice(table("tools")["kind"][name]["results"])
    return Turn(f"<tool_response>\n{said}\n</tool_response>", f"The tool says: {said}")
