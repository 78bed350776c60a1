"""Conversations in a real kernel, where cells run again."""

from __future__ import annotations

from typing import Any

import nbformat

from tests.kernel_start import execute

CELLS = ("%chat -s 'Be kind.' a", "%%chat\nb", "%chat --new c", "%chat reset", "%chat d")


def questions(server: Any) -> list[list[str]]:
    """What the user said, of each request."""
    return [
        [message.content for message in request.messages if message.role == "user"]
        for request in server.requests
    ]


def run_cell(notebook: Any, cell_id: str, code: str) -> None:
    """As JupyterLab runs it: with the id of the cell."""
    client = notebook.client
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
    client.shell_channel.send(message)
    while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != message["msg_id"]:
        pass


def test_running_all_again_asks_the_same(notebook: Any, use_canned: Any) -> None:
    for cell in CELLS * 2:
        assert notebook.run(cell).status == "ok"
    asked = questions(use_canned)
    assert asked[:4] == [["a"], ["a", "b"], ["c"], ["d"]]
    assert asked[4:] == asked[:4]
    systems = ["system" in {m.role for m in request.messages} for request in use_canned.requests]
    assert systems == [True, True, False, False] * 2


def test_running_all_in_a_new_kernel_asks_the_same(use_canned: Any) -> None:
    sources = ["%load_ext mlx_jupyter", *CELLS]
    for _ in range(2):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        document = nbformat.v4.new_notebook(cells=cells)
        execute(document, timeout=30)
    asked = questions(use_canned)
    assert asked[4:] == asked[:4]


def test_a_cell_that_was_changed_replaces_what_it_said(notebook: Any, use_canned: Any) -> None:
    run_cell(notebook, "one", "%chat a")
    run_cell(notebook, "two", "%chat b")
    run_cell(notebook, "two", "%chat c")
    run_cell(notebook, "three", "%chat c")
    assert questions(use_canned)[2:] == [["a", "c"], ["a", "c", "c"]]


def test_a_loop_in_one_cell_is_a_conversation(notebook: Any, use_canned: Any) -> None:
    loop = "for question in 'ab':\n    get_ipython().run_line_magic('chat', question)"
    for _ in range(2):
        notebook.run(loop)
    assert questions(use_canned) == [["a"], ["a", "b"]] * 2


def test_an_interrupted_answer_is_part_of_the_conversation(notebook: Any, use_canned: Any) -> None:
    notebook.run("%chat hold", interrupt_at="MLX ")
    notebook.run("%chat And?")
    messages = use_canned.requests[-1].messages
    assert [message.content for message in messages] == ["hold", "MLX ", "And?"]


def test_the_history_is_one_output_with_a_table(notebook: Any) -> None:
    notebook.run("%chat Hi")
    cell = notebook.run("%chat history")
    assert len(cell.outputs) == 1
    assert "<table>" in cell.outputs[0]["text/html"]


def test_the_warning_about_what_did_not_fit_is_in_the_one_output(
    notebook: Any, use_canned: Any
) -> None:
    notebook.run("%chat a")
    use_canned.most_messages = 2
    cell = notebook.run("%chat b")
    assert len(cell.outputs) == 1
    assert "The first turn of the conversation did not fit" in cell.outputs[0]["text/plain"]


def test_reasoning_is_shown_folded_and_plain_text_is_the_answer(notebook: Any) -> None:
    (output,) = notebook.run("%chat think").outputs
    assert output["text/plain"] == "MLX is an array framework."
    assert output["text/markdown"].startswith("<details><summary>thinking</summary>")
    (hidden,) = notebook.run("%chat --think hide think").outputs
    assert "<details" not in hidden["text/markdown"]


def test_code_is_offered_as_the_next_cell(notebook: Any) -> None:
    client = notebook.client
    reply = client.execute_interactive("%%chat -f code\nsay x = 1", output_hook=lambda _: None)
    payload = [it for it in reply["content"]["payload"] if it["source"] == "set_next_input"]
    assert [(it["text"], it["replace"]) for it in payload] == [("x = 1", False)]


def test_every_form_is_one_output(notebook: Any) -> None:
    for form, kind in (("text", "text/html"), ("json", "application/json")):
        (output,) = notebook.run(f'%%chat -f {form}\nsay {{"a": 1}}').outputs
        assert kind in output


OVERHEAD = """
import time, mlx_jupyter
pool = mlx_jupyter.connect()
url = pool.endpoint.base_url + "/chat/completions"
body = {"messages": [{"role": "user", "content": "Hi"}], "seed": 1, "stream": True}

def seconds(action):
    began = time.perf_counter()
    action()
    return time.perf_counter() - began

def request():
    with pool._http.stream("POST", url, json=body) as response:
        for _ in response.iter_bytes():
            pass

def ask():
    get_ipython().run_cell_magic("chat", "--new --seed 1", "Hi")

plain, asked = (min(seconds(action) for _ in range(20)) for action in (request, ask))
assert asked - plain < 0.005, (asked, plain)
"""


def test_a_question_takes_less_than_5_milliseconds_more_than_its_request(notebook: Any) -> None:
    assert notebook.run(OVERHEAD).status == "ok"
