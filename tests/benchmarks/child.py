"""A process that this benchmark starts: its output goes to a log, and it ends with its context."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

__all__ = ["Child", "ChildFailed"]

READY_SECONDS = 120.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05
LOG_TAIL_CHARACTERS = 2000
Found = TypeVar("Found")


class ChildFailed(Exception):
    """A child ended, or did not get ready; the message holds the end of its log."""


class Child:
    """`python <arguments>`, or another program; with `pipes`, its stdin and stdout are ours, else
    output is logged."""

    def __init__(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        log: Path,
        pipes: bool = False,
        program: str = sys.executable,
    ) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [program, *arguments],
                env=dict(variables),
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def wait_for(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What `look` finds, asked again and again; raises `ChildFailed` when that is in vain."""
        deadline = time.monotonic() + READY_SECONDS
        while (found := look()) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self.failed(f"no {what}")
            time.sleep(POLL_SECONDS)
        return found

    def failed(self, reason: str) -> ChildFailed:
        tail = self._log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]
        return ChildFailed(f"{reason} (exit code {self._process.poll()}); {self._log}:\n{tail}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
