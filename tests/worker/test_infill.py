"""`suffix`: the marks of real families, put into tiny checkpoints by other tokens' new names."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tokenizers import Tokenizer

from mlx_jupyter.errors import UnsupportedParameter
from mlx_jupyter.messages import Generate, Load, Sampling
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink
from mlx_jupyter.worker.infill import FAMILIES, infill_of
from tests.worker.asking import Whole, read
from tests.worker.conftest import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

STARCODER = {
    "<|start_header_id|>": "<fim_prefix>",
    "<|end_header_id|>": "<fim_suffix>",
    "<|python_tag|>": "<fim_middle>",
    "<|finetune_right_pad_id|>": "<fim_pad>",
}
CODESTRAL = {"[TOOL_CALLS]": "[PREFIX]", "[AVAILABLE_TOOLS]": "[SUFFIX]"}
PREFIX, SUFFIX = "def add(a, b):\n    ", "\n    return x + b"


@dataclass(frozen=True)
class Coder:
    link: WorkerLink
    tokenizer: Tokenizer
    marks: tuple[str, ...]

    def id(self, token: str) -> int:
        number = self.tokenizer.token_to_id(token)
        assert number is not None
        return int(number)

    def ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    async def complete(self, prompt: str | list[int], **fields: Any) -> Whole:
        # Random weights would write the last mark again and again.
        marks = {self.id(name): -100.0 for name in self.marks}
        sampling = Sampling(seed=0, temperature=0.0, logit_bias=marks)
        options = {"sampling": sampling, "max_tokens": 8} | fields
        return await read(self.link.generate(Generate(id=0, prompt=prompt, **options)))


async def coder(source: Path, folder: Path, names: dict[str, str]) -> Coder:
    shutil.copytree(source, folder)
    for file in (folder / "tokenizer.json", folder / "tokenizer_config.json"):
        text = file.read_text(encoding="utf-8")
        for old, new in names.items():
            text = text.replace(f'"{old}"', f'"{new}"')
        file.write_text(text, encoding="utf-8")
    link = await WorkerLink.start(worker_environment(os.environ, None))
    await link.load(Load(path=str(folder), kind="text", max_batch=4))
    return Coder(link, Tokenizer.from_file(str(folder / "tokenizer.json")), tuple(names.values()))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def starcoder(
    checkpoints: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Coder]:
    folder = tmp_path_factory.mktemp("starcoder") / "model"
    made = await coder(checkpoints / "llama", folder, STARCODER)
    yield made
    await made.link.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def codestral(
    checkpoints: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Coder]:
    folder = tmp_path_factory.mktemp("codestral") / "model"
    made = await coder(checkpoints / "mistral", folder, CODESTRAL)
    yield made
    await made.link.stop()


async def test_the_answer_is_that_to_prefix_suffix_and_mark_of_the_middle(starcoder: Coder) -> None:
    by_hand = [
        *(starcoder.id("<|begin_of_text|>"), starcoder.id("<fim_prefix>"), *starcoder.ids(PREFIX)),
        *(starcoder.id("<fim_suffix>"), *starcoder.ids(SUFFIX), starcoder.id("<fim_middle>")),
    ]
    filled = await starcoder.complete(PREFIX, suffix=SUFFIX)
    expected = await starcoder.complete(by_hand)
    assert filled.prompt_tokens == expected.prompt_tokens == len(by_hand)
    assert filled.text == expected.text


async def test_mistrals_suffix_comes_first_and_with_no_blank_before_it(codestral: Coder) -> None:
    suffix = codestral.ids("[SUFFIX]" + SUFFIX)
    assert suffix[0] == codestral.id("[SUFFIX]")
    by_hand = [
        *(codestral.id("<s>"), *suffix),
        *(codestral.id("[PREFIX]"), *codestral.ids(PREFIX)),
    ]
    filled = await codestral.complete(PREFIX, suffix=SUFFIX)
    expected = await codestral.complete(by_hand)
    assert filled.prompt_tokens == expected.prompt_tokens
    assert filled.text == expected.text


async def test_an_empty_prefix_is_filled_from_the_start(starcoder: Coder) -> None:
    filled = await starcoder.complete("", suffix=SUFFIX)
    assert filled.prompt_tokens == 4 + len(starcoder.ids(SUFFIX))


async def test_token_ids_are_a_prefix_too(starcoder: Coder) -> None:
    as_text = await starcoder.complete(PREFIX, suffix=SUFFIX)
    as_ids = await starcoder.complete(starcoder.ids(PREFIX), suffix=SUFFIX)
    assert as_ids.text == as_text.text


@pytest.mark.parametrize("name", ["<fim_pad>", "<fim_prefix>"])
async def test_what_ends_a_middle_ends_the_answer(starcoder: Coder, name: str) -> None:
    sampling = Sampling(seed=0, temperature=0.0, logit_bias={starcoder.id(name): 100.0})
    filled = await starcoder.complete(PREFIX, suffix=SUFFIX, sampling=sampling, top_logprobs=1)
    plain = await starcoder.complete(PREFIX, sampling=sampling)
    assert (filled.text, filled.finish, filled.choices[0].tokens) == ("", "stop", 1)
    assert filled.choices[0].logprobs == []
    assert plain.finish == "length"


async def test_a_model_without_marks_refuses_a_suffix(worker: Worker) -> None:
    link = await worker("llama")
    sampling = Sampling(seed=0)
    request = Generate(id=0, sampling=sampling, prompt=PREFIX, suffix=SUFFIX, max_tokens=2)
    with pytest.raises(UnsupportedParameter) as caught:
        await read(link.generate(request))
    assert caught.value.param == "suffix"


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.prefix)
async def test_every_family_is_known_by_its_marks(marks: Any) -> None:
    names = [name for name in (marks.prefix, marks.suffix, marks.middle) if name]
    found = infill_of({name: number for number, name in enumerate(names)}, 10)
    assert found is not None
    assert found.suffix_first == marks.suffix_first
    assert found.ends == set(range(len(names)))


async def test_marks_that_have_no_weights_do_not_count() -> None:
    ids = {"▁<PRE>": 7, "▁<SUF>": 8, "▁<MID>": 9}
    assert infill_of(ids, 10) is not None
    assert infill_of(ids, 9) is None
