"""What a question would cost, against a real server: nothing is loaded and nothing generated."""

from __future__ import annotations

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.magics.dry_run import dry_run
from mlx_jupyter.kernel.magics.session import Session
from tests.jupyter_process import JupyterProcess

CHAT, SYSTEM = "demo/chat", "Be brief."
ASKED = [{"role": "user", "content": "What is MLX?"}]
SEEN = [
    {
        "role": "user",
        "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "text", "text": "What is in this image?"},
        ],
    }
]


@pytest.fixture
def session(
    small_pool: JupyterProcess, empty_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> Session:
    monkeypatch.setenv("MLX_JUPYTER_URL", small_pool.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", small_pool.key)
    return Session()


def running(pool: Pool) -> set[str]:
    return {name for name, model in pool.status().models.items() if model.status != "unloaded"}


def test_nothing_is_loaded_and_the_tokens_are_those_of_the_chat(
    session: Session, empty_pool: Pool
) -> None:
    options = {"model": None, "system": SYSTEM, "max_tokens": 8, "temperature": None}
    report = dry_run(session, ASKED, options)
    assert running(empty_pool) == set()
    assert report.tokens is not None
    assert report.plan.model == CHAT
    assert report.fits
    answer = empty_pool.chat(ASKED, model=CHAT, system=SYSTEM, max_tokens=8)
    assert answer.usage is not None
    assert report.tokens.count == answer.usage.prompt_tokens
    again = dry_run(session, ASKED, options)
    assert again.plan.needed_bytes == again.plan.kv_bytes == report.plan.kv_bytes > 0


def test_who_would_leave_is_named_and_stays(session: Session, empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    empty_pool.load("llama", pin=False)
    report = dry_run(session, ASKED, {"model": "qwen3", "max_tokens": 8})
    assert "would evict llama." in str(report)
    empty_pool.pin("llama")
    report = dry_run(session, ASKED, {"model": "qwen3", "max_tokens": 8})
    assert not report.fits
    assert "qwen3 does not fit: Insufficient memory: need" in str(report)
    assert "Pinned: demo/chat, llama" in str(report)
    assert running(empty_pool) == {CHAT, "llama"}


def test_pictures_are_for_a_model_that_sees_them(session: Session) -> None:
    session.model = "llama"
    seen = dry_run(session, SEEN, {})
    assert (seen.plan.model, seen.pictures) == ("demo/vision", 1)
    session.model, session.model_sees = "demo/vision", True
    assert dry_run(session, SEEN, {}).tokens == seen.tokens


def test_a_model_that_is_nowhere_is_an_error_with_near_names(session: Session) -> None:
    with pytest.raises(RequestFailed, match="Did you mean demo/chat"):
        dry_run(session, ASKED, {"model": "demo/chart"})
