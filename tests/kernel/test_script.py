"""The pool from a plain Python script, with no IPython in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlx_jupyter
from tests.jupyter_process import environment

SCRIPT = """
import asyncio, sys
import mlx_jupyter

def threaded():
    with mlx_jupyter.connect() as pool:
        answer = pool.chat("What is MLX?", max_tokens=4, temperature=0)
        print(pool.endpoint.how, repr(answer.text), answer.finish_reason)
        print(repr("".join(pool.chat("What is MLX?", max_tokens=4, temperature=0, stream=True))))

async def asynchronous():
    async with mlx_jupyter.connect_async() as pool:
        answer = await pool.chat("What is MLX?", max_tokens=4, temperature=0)
        print(pool.endpoint.how, repr(answer.text), answer.finish_reason)
        stream = pool.chat("What is MLX?", max_tokens=4, temperature=0, stream=True)
        print(repr("".join([piece async for piece in stream])))

threaded()
asyncio.run(asynchronous())
assert mlx_jupyter.AsyncPool.__name__ == "AsyncPool"
from IPython import get_ipython
assert get_ipython() is None
"""


def test_a_script_finds_the_server_and_talks_to_it(server: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    own = environment(tmp_path) | {"JUPYTER_RUNTIME_DIR": str(server.runtime_dir)}
    own["PYTHONPATH"] = str(Path(mlx_jupyter.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", script],
        env=own,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    first, pieces, *again = run.stdout.splitlines()
    how, text, _ = first.split(" ", 2)
    assert how in ("folder", "only")
    assert text.strip("'")[:1] in pieces
    assert again == [first, pieces]
