"""`%mlx connect` in a real kernel: the key is asked for, and nowhere to be found afterwards."""

from __future__ import annotations

from typing import Any

import pytest

KEY = "the-secret-key"


@pytest.fixture
def secretive(another_canned: Any) -> Any:
    another_canned.key = KEY
    return another_canned


def run(notebook: Any, code: str, answer: str | None = None) -> dict[str, Any]:
    """What a front end would see; `answer` is typed where the kernel asks."""
    seen: dict[str, Any] = {"prompts": [], "messages": []}

    def on_stdin(message: dict[str, Any]) -> None:
        seen["prompts"].append(message["content"])
        notebook.client.input(answer)

    reply = notebook.client.execute_interactive(
        code,
        allow_stdin=answer is not None,
        stdin_hook=on_stdin,
        output_hook=lambda message: seen["messages"].append(message["content"]),
        timeout=30,
    )
    return seen | {"status": reply["content"]["status"]}


def test_the_key_is_asked_for_as_a_password_and_kept_out_of_the_notebook(
    notebook: Any, secretive: Any
) -> None:
    seen = run(notebook, f"%mlx connect {secretive.url}", KEY)
    assert seen["status"] == "ok"
    assert [prompt["password"] for prompt in seen["prompts"]] == [True]
    seen["later"] = run(notebook, "%chat -o a Hello\nIn, Out, _2.endpoint")
    assert len(secretive.requests) == 1
    assert KEY not in str(seen)


def test_a_wrong_key_changes_nothing(notebook: Any, secretive: Any, use_canned: Any) -> None:
    seen = run(notebook, f"%mlx connect {secretive.url}", "wrong")
    assert seen["status"] == "error"
    run(notebook, "%chat Hello")
    assert (len(use_canned.requests), len(secretive.requests)) == (1, 0)


def test_where_nobody_can_be_asked_it_says_what_to_do(notebook: Any, secretive: Any) -> None:
    seen = run(notebook, f"%mlx connect {secretive.url}")
    assert (seen["status"], seen["prompts"]) == ("error", [])
    said = [message["text"] for message in seen["messages"] if message.get("name") == "stderr"]
    assert len(said) == 1
    assert "MLX_JUPYTER_API_KEY" in said[0]
