"""Each recipe, for as few steps as show that it learns, and its result in the real loader."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from mlx_jupyter.demo import MODELS
from mlx_jupyter.demo.recipe import exercises, lessons
from mlx_jupyter.demo.recipe.conversation import Turn
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.facts import FALLBACK, every_fact, every_question

STEPS = {"chat": "2", "vision": "2", "embed": "4"}
LIBRARIES = {"chat": "mlx_lm", "vision": "mlx_vlm", "embed": "mlx_embeddings"}
LOAD = """
import contextlib, importlib, json, sys
with contextlib.redirect_stdout(sys.stderr):
    model, _ = importlib.import_module(sys.argv[1]).load(sys.argv[2])
json.dump(type(model).__module__, sys.stdout)
"""


@pytest.mark.parametrize("kind", STEPS)
def test_a_recipe_learns_and_writes_a_complete_checkpoint(
    kind: str, tmp_path: Path, python_json: Callable[..., Any]
) -> None:
    library = LIBRARIES[kind]
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")

    outcome = python_json("-m", "mlx_jupyter.demo.recipe", kind, tmp_path, "--steps", STEPS[kind])

    assert outcome["steps"] == int(STEPS[kind])
    assert outcome["last_loss"] < outcome["first_loss"]
    assert files(tmp_path) == files(MODELS[f"demo/{kind}"])
    assert library in python_json("-c", LOAD, library, tmp_path)


def test_training_goes_on_from_the_checkpoint_that_is_there(
    tmp_path: Path, python_json: Callable[..., Any]
) -> None:
    copytree(MODELS["demo/chat"], tmp_path, dirs_exist_ok=True)

    outcome = python_json("-m", "mlx_jupyter.demo.recipe", "chat", tmp_path, "--steps", "1")

    assert outcome["first_loss"] < 0.5


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_no_question_has_two_facts() -> None:
    asked = [question for known in every_fact() for question in known.questions]

    assert sorted(asked) == sorted(every_question())


def test_the_same_seed_draws_the_same_conversations() -> None:
    first, second = dice(7), dice(7)

    drawn = [lessons.conversation(first) for _ in range(200)]

    assert drawn == [lessons.conversation(second) for _ in range(200)]


def test_every_sum_in_the_lessons_is_right() -> None:
    for turn in (exercises.small_sum(dice(seed)) for seed in range(300)):
        terms = [int(word) for word in turn.question.rstrip("?").split() if word.isdigit()]
        assert turn.answer == str(sum(terms))


def test_an_unknown_subject_is_never_asked_with_a_question_that_has_a_fact() -> None:
    asked = {exercises.unknown(dice(seed)).question for seed in range(3000)}

    assert not asked & set(every_question())
    assert exercises.unknown(dice(0)).answer == FALLBACK


def test_a_name_is_recalled_only_if_it_was_told() -> None:
    told = Turn("My name is Ada.", "Nice to meet you, Ada!")

    assert exercises.recall([told]).answer == "Your name is Ada."
    assert exercises.recall([]).answer == exercises.NO_NAME
