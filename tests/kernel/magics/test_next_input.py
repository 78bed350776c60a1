"""Code that is offered as the next cell, in a real kernel."""

from __future__ import annotations

from typing import Any

from tests.kernel.magics.conftest import Notebook

ASKED = "%%chat -f code\nsay ```python\nx = {}\n```"


def offered(notebook: Notebook, code: str, cell_id: str) -> list[str]:
    """By one run of a cell, as JupyterLab asks for it."""
    client: Any = notebook.client
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": True}
    message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
    client.shell_channel.send(message)
    reply = client.get_shell_msg(timeout=30)
    while reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
        reply = client.get_shell_msg(timeout=30)
    payload = reply["content"]["payload"]
    return [part["text"] for part in payload if part["source"] == "set_next_input"]


def test_a_cell_that_runs_again_offers_only_what_is_new(notebook: Notebook) -> None:
    assert offered(notebook, ASKED.format(1), "a") == ["x = 1"]
    assert offered(notebook, ASKED.format(1), "a") == []
    assert offered(notebook, ASKED.format(1), "b") == ["x = 1"]
    assert offered(notebook, ASKED.format(2), "a") == ["x = 2"]
