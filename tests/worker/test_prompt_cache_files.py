"""What was read outlives its worker: in files, in the same model's folder only."""

from __future__ import annotations

import base64
import json
import os
import stat
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from mlx_jupyter.messages import Delta, Generate, Sampling
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.models import build
from tests.waiting import wait_for
from tests.worker.conftest import start
from tests.worker.test_prompt_cache import MAX_BYTES, chain, go_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPT = chain(50, 300)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("models"), "llama", "lfm2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept(models: dict[str, Path], folder: Path) -> AsyncIterator[WorkerLink]:
    """A worker for the tests that need no second one."""
    link = await opened(models["llama"], folder, max_bytes=0)
    link.limit_prompt_cache(MAX_BYTES)  # there was no room as it was loaded
    yield link
    await link.stop()


async def opened(model: Path, folder: Path, max_bytes: int = MAX_BYTES) -> WorkerLink:
    return await start(model, prompt_cache_bytes=max_bytes, prompt_cache_dir=str(folder))


def written(folder: Path, *, beside: Sequence[Path] = ()) -> Path:
    """The file that is written now, when the worker has come to rest."""
    wait_for(lambda: set(files(folder)) - set(beside))
    return (set(files(folder)) - set(beside)).pop()


def files(folder: Path) -> list[Path]:
    return [one for one in folder.glob("*/*.safetensors") if "unfinished" not in one.name]


@pytest.mark.parametrize(("family", "count"), [("llama", 1), ("lfm2", 2)])
async def test_the_next_worker_of_the_model_goes_on_from_it(
    models: dict[str, Path], tmp_path: Path, family: str, count: int
) -> None:
    """Of a state there is one file of the prompt, and one of the answer too."""
    first = await opened(models[family], tmp_path)
    said = await go_on(first, PROMPT)
    wait_for(lambda: len(files(tmp_path)) == count)
    await first.stop()
    second = await opened(models[family], tmp_path)
    again = await go_on(second, [*PROMPT, *chain(51, 9)])
    once_more = await go_on(second, PROMPT)
    await second.stop()
    assert again.reused_tokens in {len(PROMPT) - 1, len(PROMPT)}
    assert once_more.text == said.text


async def test_what_goes_on_takes_the_place_of_its_beginning(
    kept: WorkerLink, folder: Path
) -> None:
    await go_on(kept, chain(52, 200), said=101)
    before = written(folder, beside=files(folder))
    await go_on(kept, chain(52, 200) + [101] * 6 + chain(53, 90))
    written(folder, beside=files(folder))
    wait_for(lambda: before not in files(folder))


async def test_only_its_owner_may_read_it(kept: WorkerLink, folder: Path) -> None:
    await go_on(kept, chain(54, 200))
    file = written(folder, beside=files(folder))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_a_damaged_file_is_removed_and_its_prompt_read_anew(
    models: dict[str, Path], tmp_path: Path
) -> None:
    worker = await opened(models["llama"], tmp_path)
    said = await go_on(worker, PROMPT)
    file = written(tmp_path)
    await worker.stop()
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    foreign = file.with_name("0" * 32 + ".safetensors")
    foreign.write_bytes(b"no such thing")
    not_ours = file.with_name("model.safetensors")
    not_ours.write_bytes(b"somebody's")
    other = await opened(models["llama"], tmp_path)
    again = await go_on(other, PROMPT)
    await other.stop()
    assert (again.reused_tokens, again.text) == (0, said.text)
    assert not foreign.exists()
    assert not_ours.exists()
    assert not file.exists() or file.read_bytes() != whole[:-100]


@pytest.mark.parametrize("damaged", [False, True])
async def test_beside_a_stream_it_is_fetched_between_the_steps(
    models: dict[str, Path], tmp_path: Path, *, damaged: bool
) -> None:
    first = await opened(models["llama"], tmp_path)
    said = await go_on(first, PROMPT)
    file = written(tmp_path)
    await first.stop()
    if damaged:
        file.write_bytes(file.read_bytes()[:-100])
    second = await opened(models["llama"], tmp_path)
    stream = Generate(0, Sampling(0, 0.0), prompt=chain(57, 20), max_tokens=900)
    with second.generate(stream) as other:
        while not any(isinstance(item, Delta) for item in await other.take()):
            pass
        again = await go_on(second, PROMPT)
    await second.stop()
    assert again.text == said.text
    assert again.reused_tokens == (0 if damaged else len(PROMPT) - 1)


async def test_a_pipe_that_is_named_as_ours_holds_up_nobody(kept: WorkerLink, folder: Path) -> None:
    await go_on(kept, chain(55, 200))
    pipe = written(folder, beside=files(folder)).with_name("f" * 32 + ".safetensors")
    os.mkfifo(pipe)
    assert (await go_on(kept, chain(56, 200))).finish == "length"
    pipe.unlink()


async def test_what_lies_behind_a_link_is_not_taken(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """Where several may write, another user may have laid it there."""
    first = await opened(models["llama"], tmp_path)
    await go_on(first, PROMPT)
    own = written(tmp_path).parent
    await first.stop()
    own.rename(tmp_path / "elsewhere")
    own.symlink_to(tmp_path / "elsewhere")
    second = await opened(models["llama"], tmp_path)
    assert (await go_on(second, PROMPT)).reused_tokens == 0
    await second.stop()


async def test_another_models_is_not_taken(kept: WorkerLink, folder: Path, tmp_path: Path) -> None:
    other = await opened(build(tmp_path, "llama", seed=1)["llama"], folder)
    await go_on(kept, PROMPT)
    written(folder, beside=files(folder))
    assert (await go_on(other, PROMPT)).reused_tokens == 0
    await other.stop()


async def test_of_small_files_there_are_not_ever_more(kept: WorkerLink, folder: Path) -> None:
    await go_on(kept, chain(58, 100))
    one = written(folder)
    before = set(files(folder))
    tokens = base64.b64encode(np.arange(200, dtype="<i4").tobytes()).decode()
    words = {"0.format": "1", "0.cuttable": "True", "0.tokens": tokens}
    head = json.dumps({"__metadata__": words}).encode()
    for number in range(1100):
        place = one.parent / f"{number:032x}.safetensors"
        place.write_bytes(len(head).to_bytes(8, "little") + head)
        os.utime(place, (1, time.time() - 3600))
    await go_on(kept, chain(59, 100))
    wait_for(lambda: len(files(folder)) == 1024)
    assert before < set(files(folder)), "what was used last stays"


async def test_the_files_keep_within_the_bytes_and_the_oldest_leaves(
    models: dict[str, Path], tmp_path: Path
) -> None:
    most_bytes = 250_000  # of 100 kB a file
    worker = await opened(models["llama"], tmp_path, most_bytes)
    seen: list[Path] = []
    for seed in range(60, 64):
        await go_on(worker, chain(seed, 190))
        seen.append(written(tmp_path, beside=seen))
        wait_for(lambda: sum(one.stat().st_size for one in files(tmp_path)) <= most_bytes)
    await worker.stop()
    assert seen[0] not in files(tmp_path)
    assert seen[-1] in files(tmp_path)
