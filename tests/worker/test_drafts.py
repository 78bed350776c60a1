"""Answers that a smaller model writes ahead, in real worker processes."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from safetensors.numpy import load_file, save_file

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Delta, Generate, Joined, Prefill, Sampling, Schema
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.models import TRAINED, build
from tests.worker.asking import Whole, ask, read, request
from tests.worker.conftest import Worker, start

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = ["What is MLX?", "Hi", "word " * 400, "Naïve café 😀"]
SAMPLINGS = {
    "greedy": Sampling(0, 0.0),
    "drawn": Sampling(5, 1.1, top_p=0.95),
    "drawn with penalties": Sampling(6, 0.8, repetition_penalty=1.3, frequency_penalty=0.5),
    "greedy with a bias": Sampling(0, 0.0, logit_bias={70: 3.0}, presence_penalty=1.0),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drafted(
    checkpoints: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, WorkerLink]]:
    """The llama with itself as its draft, and with one that agrees with it by chance only."""
    other = build(tmp_path_factory.mktemp("draft"), "llama", layers=1, seed=1)["llama"]
    model = checkpoints / "llama"
    alike, unlike = await asyncio.gather(
        start(model, draft=str(model)), start(model, draft=str(other))
    )
    yield {"alike": alike, "unlike": unlike}
    await asyncio.gather(alike.stop(), unlike.stop())


@pytest.mark.parametrize("draft", ["alike", "unlike"])
@pytest.mark.parametrize("how", list(SAMPLINGS))
async def test_the_text_is_the_models_alone(
    worker: Worker, drafted: dict[str, WorkerLink], draft: str, how: str
) -> None:
    plain = await worker("llama")
    for question in QUESTIONS:
        options = {"sampling": SAMPLINGS[how], "max_tokens": 40, "top_logprobs": 1}
        expected = await ask(plain, question, **options)
        answer = await ask(drafted[draft], question, **options)
        assert said(answer) == said(expected)
        likely = [one.logprob for one in answer.choices[0].logprobs]
        assert likely == pytest.approx([one.logprob for one in expected.choices[0].logprobs], 1e-3)


def said(whole: Whole) -> tuple[str, int, str | None]:
    return whole.text, whole.choices[0].tokens, whole.finish


async def test_a_draft_that_is_the_model_is_always_right(drafted: dict[str, WorkerLink]) -> None:
    for how in ("greedy", "drawn"):
        answer = await ask(drafted["alike"], "Hi", sampling=SAMPLINGS[how], max_tokens=60)
        assert answer.choices[0].rejected_tokens == 0
        assert answer.choices[0].accepted_tokens > answer.choices[0].tokens / 2


async def test_a_draft_that_is_seldom_right_is_given_up(
    worker: Worker, drafted: dict[str, WorkerLink]
) -> None:
    endless = {"sampling": Sampling(3, 1.5), "max_tokens": 200}
    answer = await ask(drafted["unlike"], "Hi", **endless)
    assert 0 < answer.choices[0].rejected_tokens < 50
    assert said(answer) == said(await ask(await worker("llama"), "Hi", **endless))


async def test_a_second_request_is_not_held_up_and_no_text_changes(
    worker: Worker, drafted: dict[str, WorkerLink]
) -> None:
    long, short = {"sampling": SAMPLINGS["drawn"], "max_tokens": 300}, {"max_tokens": 20}
    plain = await worker("llama")
    expected = [await ask(plain, "one", **long), await ask(plain, "two", **short)]
    for link in drafted.values():
        first = asyncio.create_task(ask(link, "one", **long))
        with link.generate(request("zero", max_tokens=5)) as stream:
            while not any(isinstance(item, Delta) for item in await stream.take()):
                pass
        second = await ask(link, "two", **short)
        assert not first.done()
        assert [said(await first), said(second)] == [said(one) for one in expected]


async def test_a_schema_and_several_choices_are_served_without_it(
    drafted: dict[str, WorkerLink],
) -> None:
    schema = Schema('{"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}')
    answer = await ask(drafted["alike"], "Hi", schema=schema, max_tokens=40)
    assert answer.text in ('{"a": 1}', '{"a": 2}')
    assert answer.choices[0].accepted_tokens == 0
    many = await ask(drafted["alike"], "Hi", sampling=SAMPLINGS["drawn"], n=3, max_tokens=20)
    assert len({choice.text for choice in many.choices.values()}) == 3


async def test_a_cancel_and_a_stop_text_end_it(drafted: dict[str, WorkerLink]) -> None:
    link = drafted["alike"]
    for wanted in (Joined, Prefill, Delta):
        with link.generate(request("a " * 900, max_tokens=400)) as stream:
            while not any(isinstance(item, wanted) for item in await stream.take()):
                pass
        assert await link.ping(10)
    whole = await ask(link, "Hi", max_tokens=40)
    stop = whole.text[11:15]
    cut = await ask(link, "Hi", max_tokens=40, stop=(stop,))
    assert (cut.text, cut.finish) == (whole.text[: whole.text.index(stop)], "stop")


async def test_a_token_that_the_draft_does_not_know_is_no_harm(
    checkpoints: Path, tmp_path: Path
) -> None:
    """Families pad their vocabulary, larger models more."""
    wide = tmp_path / "wide"
    shutil.copytree(checkpoints / "llama", wide)
    config = json.loads((wide / "config.json").read_text())
    known, config["vocab_size"] = config["vocab_size"], config["vocab_size"] + 64
    (wide / "config.json").write_text(json.dumps(config))
    weights = load_file(wide / "model.safetensors")
    rows = weights["model.embed_tokens.weight"]
    weights["model.embed_tokens.weight"] = np.concatenate([rows, rows[:64]])
    save_file(weights, wide / "model.safetensors", {"format": "mlx"})
    plain, drafted = await asyncio.gather(
        start(wide), start(wide, draft=str(checkpoints / "llama"))
    )
    asked = Generate(0, SAMPLINGS["greedy"], prompt=[100, known + 63, 101] * 9, max_tokens=20)
    expected, answer = await read(plain.generate(asked)), await read(drafted.generate(asked))
    await asyncio.gather(plain.stop(), drafted.stop())
    assert said(answer) == said(expected)


async def test_a_trained_model_ends_its_turn(worker: Worker) -> None:
    link = await start(TRAINED["llama"], draft=str(TRAINED["llama"]), kv_bits=8)
    answer = await ask(link, "What is MLX?")
    assert said(answer) == said(await ask(await worker("trained/llama"), "What is MLX?"))
    assert answer.choices[0].accepted_tokens > 0
    await link.stop()


@pytest.mark.parametrize(
    ("model", "draft", "why"),
    [
        ("llama", "qwen3", "tokenizers differ in .* tokens"),
        ("trained/gemma3_text", "trained/gemma3_text", "cannot be taken back"),
    ],
)
async def test_a_draft_that_does_not_fit_is_refused(
    checkpoints: Path, model: str, draft: str, why: str
) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        await start(checkpoints / model, draft=str(checkpoints / draft))
    assert refused.value.param == "draft_model"
