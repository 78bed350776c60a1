"""Checkpoints of 16 bits that are computed with in 32, in a real worker process."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog.checkpoint import Kind
from mlx_jupyter.messages import Load, Loaded
from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink
from tests import embedding_models, vision_models
from tests.models import build
from tests.reference import greedy
from tests.worker.asking import ask
from tests.worker.conftest import start

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = ["What is MLX?", "Hi", "Naïve café 😀", "def add(a, b):"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = build(tmp_path_factory.mktemp("half"), "llama", dtype="bfloat16", hidden=256, layers=4)
    return built["llama"]


async def test_the_greedy_text_is_mlx_lms_in_f32(folder: Path) -> None:
    chats = [[{"role": "user", "content": question}] for question in QUESTIONS]
    expected = await asyncio.to_thread(greedy, folder, chats, 24, float32=True)
    link = await start(folder, float32=True)
    answers = await asyncio.gather(*(ask(link, question, max_tokens=24) for question in QUESTIONS))
    assert [one.text for one in answers] == [one.text for one in expected]
    await link.stop()


async def test_it_takes_twice_the_bytes_and_never_both(folder: Path) -> None:
    half, whole = await asyncio.gather(loaded(folder), loaded(folder, float32=True))
    assert whole.weights_bytes == 2 * half.weights_bytes
    assert whole.reading.peak_bytes < whole.weights_bytes + half.weights_bytes / 2


@pytest.mark.parametrize("kind", ["vision", "embedding"])
async def test_models_of_the_other_kinds_are_widened_too(tmp_path: Path, kind: Kind) -> None:
    name, made = ("qwen2_vl", vision_models) if kind == "vision" else ("bert", embedding_models)
    folder = made.build(tmp_path, name, dtype="bfloat16")[name]
    half, whole = await asyncio.gather(
        loaded(folder, kind=kind), loaded(folder, kind=kind, float32=True)
    )
    assert whole.weights_bytes == pytest.approx(2 * half.weights_bytes, rel=0.01)


async def loaded(folder: Path, kind: Kind = "text", **options: Any) -> Loaded:
    link = await WorkerLink.start(worker_environment(os.environ, find_blas("auto")))
    answer = await link.load(Load(str(folder), kind, 16, **options))
    await link.stop()
    return answer
