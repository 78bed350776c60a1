"""What a model thinks, from a real worker with checkpoints that say what they are told to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlx_jupyter.messages import Generate, Sampling, Schema
from tests.scripted import scripted
from tests.worker.asking import ask, read
from tests.worker.conftest import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRIPT = "<think> quick brown fox</think> Paris is"
YES_OR_NO = Schema(
    json.dumps(
        {
            "type": "object",
            "properties": {"ok": {"type": "boolean"}},
            "required": ["ok"],
            "additionalProperties": False,
        }
    )
)


@pytest.fixture(scope="session")
def thinker(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("thinker")
    return str(scripted(checkpoints / "qwen3", folder / "model", SCRIPT))


@pytest.fixture(scope="session")
def opened(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("opened")
    script = SCRIPT.removeprefix("<think>")
    return str(scripted(checkpoints / "qwen3", folder / "model", script, opened=True))


async def test_thoughts_and_answer_come_apart(worker: Worker, thinker: str) -> None:
    answer = (await ask(await worker(thinker), "Where?")).choices[0]
    assert (answer.reasoning, answer.text, answer.finish) == ("quick brown fox", "Paris is", "stop")
    assert (answer.reasoning_tokens, answer.tokens) == (5, 8)


async def test_the_template_may_begin_the_thoughts(worker: Worker, opened: str) -> None:
    answer = (await ask(await worker(opened), "Where?")).choices[0]
    assert (answer.reasoning, answer.text) == ("quick brown fox", "Paris is")
    assert (answer.reasoning_tokens, answer.tokens) == (4, 7)


async def test_what_is_cut_in_its_thoughts_has_no_answer(worker: Worker, thinker: str) -> None:
    answer = (await ask(await worker(thinker), "Where?", max_tokens=3)).choices[0]
    assert (answer.reasoning, answer.text, answer.finish) == ("quick brown", "", "length")


async def test_a_stop_text_is_looked_for_in_the_answer_alone(worker: Worker, thinker: str) -> None:
    link = await worker(thinker)
    answer = (await ask(link, "Where?", stop=("brown", " is"))).choices[0]
    assert (answer.reasoning, answer.text, answer.finish) == ("quick brown fox", "Paris", "stop")


async def test_logprobs_are_the_answers_alone(worker: Worker, thinker: str) -> None:
    answer = (await ask(await worker(thinker), "Where?", top_logprobs=1)).choices[0]
    assert [one.text for one in answer.logprobs] == [" Paris", " is"]


async def test_a_plain_prompt_is_continued_as_it_is(worker: Worker, thinker: str) -> None:
    request = Generate(id=0, sampling=Sampling(0, 0.0), prompt="assistant\n")
    answer = (await read((await worker(thinker)).generate(request))).choices[0]
    assert (answer.reasoning, answer.text) == ("", SCRIPT)


async def test_all_choices_think(worker: Worker, thinker: str) -> None:
    choices = (await ask(await worker(thinker), "Where?", n=3)).choices
    assert {(one.reasoning, one.text) for one in choices.values()} == {
        ("quick brown fox", "Paris is")
    }


async def test_a_schema_holds_for_the_answer_alone(
    worker: Worker, thinker: str, opened: str
) -> None:
    for name in (thinker, opened):
        answer = (await ask(await worker(name), "Where?", schema=YES_OR_NO)).choices[0]
        assert answer.reasoning == "quick brown fox"
        assert answer.text in ('{"ok": true}', '{"ok": false}')
        assert answer.finish == "stop"


async def test_with_a_schema_a_turn_does_not_end_in_its_thoughts(
    worker: Worker, checkpoints: Path, tmp_path: Path
) -> None:
    hasty = str(scripted(checkpoints / "qwen3", tmp_path / "hasty", "<think> fox"))
    link = await worker(hasty)
    assert (await ask(link, "Where?")).finish == "stop"
    answer = (await ask(link, "Where?", schema=YES_OR_NO, max_tokens=9)).choices[0]
    assert (answer.finish, answer.tokens) == ("length", 9)


async def test_a_model_that_is_told_not_to_think_answers_at_once(
    worker: Worker, thinker: str
) -> None:
    options: dict[str, object] = {"enable_thinking": False}
    link = await worker(thinker)
    answer = (await ask(link, "Where?", schema=YES_OR_NO, template_options=options)).choices[0]
    assert answer.reasoning == ""
    assert json.loads(answer.text)["ok"] in (True, False)
