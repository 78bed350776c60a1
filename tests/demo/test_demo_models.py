"""The demo models as they are shipped."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.demo import FOLDER, MODELS
from mlx_jupyter.demo.recipe.facts import FALLBACK, every_question

TOGETHER_BYTES = 5_000_000
SYSTEMS = (None, "You are a helpful assistant.", "Be concise.")
NOTEBOOK = (
    "What is MLX?",
    "What is mlx_jupyter?",
    "Who are you?",
    "What is a token?",
    "Why is it good to run models locally?",
    "Tell me a joke.",
    "Write a short poem.",
    "Count to ten.",
    "What does temperature do?",
    "How do I use a real model?",
    "What can you do?",
    "What is a pinned model?",
)
EXPECTED = {question: every_question()[question][0] for question in NOTEBOOK}
EXPECTED["What is 7 + 5?"] = "12"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": CITY}}

ANSWER = """
import json, sys
from pathlib import Path
from mlx_jupyter.demo.recipe.chat_exam import answers
from mlx_jupyter.demo.recipe.conversation import Conversation, Turn
def conversation(system, turns, tools):
    return Conversation(system, tuple(Turn(*turn) for turn in turns), tuple(tools))
asked = [conversation(*each) for each in json.load(sys.stdin)]
json.dump(answers(Path(sys.argv[1]), asked), sys.stdout)
"""
LOOK = """
import contextlib, json, sys
from pathlib import Path
from mlx_vlm import load
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import Subject
from mlx_jupyter.demo.recipe.vision_exam import answer, examine
from mlx_jupyter.demo.recipe.vision_lessons import Look
def look(subjects, question):
    return Look(None, tuple(Subject(*shown) for shown in subjects), question, "")
with contextlib.redirect_stdout(sys.stderr):
    model, processor = load(sys.argv[1])
    said = [answer(model, processor, look(*each), dice(3)) for each in json.load(sys.stdin)]
    scores = examine(Path(sys.argv[1]), questions=30)
right = {name: score.right / score.asked for name, score in scores.items()}
json.dump({"said": said, "right": right}, sys.stdout)
"""


def test_the_models_take_less_than_five_megabytes_together() -> None:
    sizes = [f.stat().st_size for model in MODELS.values() for f in model.rglob("*") if f.is_file()]

    assert 0 < sum(sizes) < TOGETHER_BYTES


@pytest.mark.parametrize("model", MODELS)
def test_a_model_has_weights_and_names_no_code(model: str) -> None:
    config = json.loads((MODELS[model] / "config.json").read_text())

    assert (MODELS[model] / "model.safetensors").is_file()
    assert not {"model_file", "auto_map"} & set(config)


@pytest.mark.parametrize("model", ["demo/chat", "demo/vision"])
def test_a_model_that_talks_is_greedy_and_knows_its_end(model: str) -> None:
    settings = json.loads((MODELS[model] / "generation_config.json").read_text())
    end = json.loads((MODELS[model] / "config.json").read_text())["eos_token_id"]

    assert settings["do_sample"] is False
    assert end in settings["eos_token_id"]


def test_naming_the_models_imports_no_mlx(python_json: Callable[..., Any]) -> None:
    loaded = python_json(
        "-c", "import json, sys, mlx_jupyter.demo; json.dump([*sys.modules], sys.stdout)"
    )

    assert not [
        name for name in loaded if name.split(".")[0].startswith("mlx") and "jupyter" not in name
    ]


@pytest.fixture(scope="module")
def chat(python_json: Callable[..., Any]) -> dict[str, str]:
    """What the chat model answers to everything that these tests ask; one process for all."""
    given = [
        *((system, [[question, ""]], []) for system in SYSTEMS for question in EXPECTED),
        (None, [["My name is Ada.", "Nice to meet you, Ada!"], ["What is my name?", ""]], []),
        (None, [["What is the weather in Paris?", ""]], [WEATHER]),
        (None, [["How does quantum physics work?", ""]], []),
    ]
    answered = python_json("-c", ANSWER, MODELS["demo/chat"], given=given)
    names = [f"{system} {question}" for system in SYSTEMS for question in EXPECTED]
    return dict(zip([*names, "name", "tool", "unknown"], answered, strict=True))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_chat_model_answers_as_the_facts_say(chat: dict[str, str], system: str | None) -> None:
    assert {question: chat[f"{system} {question}"] for question in EXPECTED} == EXPECTED


def test_the_chat_model_remembers_a_name(chat: dict[str, str]) -> None:
    assert chat["name"] == "Your name is Ada."


def test_the_chat_model_calls_a_tool_that_it_is_offered(chat: dict[str, str]) -> None:
    called = chat["tool"].removeprefix("<tool_call>").removesuffix("</tool_call>")

    assert json.loads(called) == {"name": "get_weather", "arguments": {"city": "Paris"}}


def test_the_chat_model_says_that_it_does_not_know(chat: dict[str, str]) -> None:
    assert chat["unknown"] == FALLBACK


@pytest.fixture(scope="module")
def seen(python_json: Callable[..., Any]) -> Any:
    """What the vision model says of a few pictures, and its marks on every paper; one process."""
    if find_spec("mlx_vlm") is None:
        pytest.skip("mlx-vlm is not installed")
    red, blue = ("red", "circle"), ("blue", "square")
    given = [((red,), "What is this?"), ((red, blue), "What are these?"), ((), "What is this?")]
    return python_json("-c", LOOK, MODELS["demo/vision"], given=given)


def test_the_vision_model_names_what_it_sees(seen: Any) -> None:
    right = ["A red circle.", "A red circle and a blue square.", "Please send me an image."]
    assert seen["said"] == right


def test_the_vision_model_is_right_in_nine_of_ten_on_every_paper(seen: Any) -> None:
    """Of the first thirty questions; `--examine` asks a hundred."""
    assert len(seen["right"]) == 5
    assert all(share >= 0.9 for share in seen["right"].values()), seen["right"]


@pytest.mark.skipif(find_spec("mlx_embeddings") is None, reason="mlx-embeddings is not installed")
def test_the_embedding_model_finds_the_answer_of_every_question(
    python_json: Callable[..., Any],
) -> None:
    scores = python_json(
        "-m", "mlx_jupyter.demo.recipe", "embed", MODELS["demo/embed"], "--examine"
    )

    assert {paper: score["missed"] for paper, score in scores.items()} == {
        paper: [] for paper in scores
    }


def test_the_folder_is_the_package() -> None:
    assert (FOLDER / "recipe" / "__main__.py").is_file()
    assert all(Path(model).parent == FOLDER for model in MODELS.values())
