"""A process of its own for what imports MLX, kept for the next question: the imports take longer
than any answer, and in the test process they would lower the limit of open files for good."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["Standing", "serve"]

ROOT = Path(__file__).parent.parent


class Standing:
    """`python -m module`, which is to `serve`. It starts with the first question and ends when this
    process does. A line of JSON in, a line of JSON out."""

    def __init__(self, module: str, environment: Callable[[], Mapping[str, str]]) -> None:
        self._module = module
        self._environment = environment
        self._turn = threading.Lock()

    def ask(self, *question: object) -> Any:
        """Raises what was raised there, as a `RuntimeError`."""
        with self._turn:
            process = self._process
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"{self._module} has ended"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", self._module],
            env=self._environment(),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def serve(answer: Callable[..., Any]) -> None:
    """`answer` is given the parts of each question."""
    replies, sys.stdout = sys.stdout, sys.stderr  # the libraries print
    for line in sys.stdin:
        try:
            reply = {"value": answer(*json.loads(line))}
        except Exception:  # noqa: BLE001 - raised where it was asked
            reply = {"error": traceback.format_exc()}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
