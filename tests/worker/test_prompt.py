"""Templates that refuse a system message: it is folded into the first user turn."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from mlx_jupyter.messages import Generate, Load, Sampling
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.worker.asking import read

OLD_MISTRAL = """\
{{- bos_token }}
{%- for message in messages %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
{%- endif %}
{%- if message.role == 'user' %}{{- '[INST] ' + message.content + ' [/INST]' }}
{%- elif message.role == 'assistant' %}{{- message.content + eos_token }}
{%- else %}{{- raise_exception('Only user and assistant roles are supported!') }}
{%- endif %}
{%- endfor %}"""


@pytest_asyncio.fixture
async def old(checkpoints: Path, tmp_path: Path) -> AsyncIterator[WorkerLink]:
    folder = tmp_path / "old"
    shutil.copytree(checkpoints / "mistral", folder)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config | {"chat_template": OLD_MISTRAL})
    )
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    link = await WorkerLink.start(worker_environment(os.environ, None))
    await link.load(Load(path=str(folder), kind="text", max_batch=4), "old")
    yield link
    await link.stop()


def chat(*messages: tuple[str, str]) -> Generate:
    listed: list[dict[str, object]] = [
        {"role": role, "content": content} for role, content in messages
    ]
    sampling = Sampling(seed=0, temperature=0.0)
    return Generate(id=0, sampling=sampling, messages=listed, max_tokens=8)


async def test_a_system_message_stands_before_the_first_question(old: WorkerLink) -> None:
    folded = await read(old.generate(chat(("system", "Be brief."), ("user", "Hello"))))
    by_hand = await read(old.generate(chat(("user", "Be brief.\n\nHello"))))
    assert folded.prompt_tokens == by_hand.prompt_tokens
    assert folded.text == by_hand.text


async def test_later_turns_stay_as_they_are(old: WorkerLink) -> None:
    rest = (("assistant", "Hi"), ("user", "How are you?"))
    folded = await read(old.generate(chat(("system", "Be brief."), ("user", "Hello"), *rest)))
    by_hand = await read(old.generate(chat(("user", "Be brief.\n\nHello"), *rest)))
    assert folded.text == by_hand.text
