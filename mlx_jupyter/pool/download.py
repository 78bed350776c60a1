"""Runs `catalog.downloader` and follows it; ending the task ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import msgspec

from mlx_jupyter.catalog import hub_name
from mlx_jupyter.errors import DownloadFailed, error_of

__all__ = ["DownloadProgress", "download", "downloadable"]

NEWEST_SHARE = 0.2
"""The weight of the newest second in the rate that the estimate is made from."""


@dataclass(frozen=True)
class DownloadProgress:
    """`total_bytes` is what was missing; `eta_seconds` is None until there is a rate."""

    done_bytes: int
    total_bytes: int
    elapsed_seconds: float
    eta_seconds: float | None


class _Line(msgspec.Struct):
    total_bytes: int | None = None
    missing_bytes: int = 0
    weights_bytes: int = 0
    done_bytes: int | None = None
    done: bool = False
    error: str | None = None
    message: str = ""


_lines = msgspec.json.Decoder(_Line)


def downloadable(model_id: str) -> bool:
    """Could the hub have it? It names models `ORG/NAME`; `demo/…` are ours."""
    name = hub_name(model_id)
    return name is not None and "/" in name[0] and not name[0].startswith("demo/")


async def download(
    model_id: str,
    environment: Mapping[str, str],
    report: Callable[[DownloadProgress], None],
    check: Callable[[int], None],
    *,
    reserve_bytes: int | None = None,
    code: bool = False,
) -> None:
    """Fetches into the cache what is not there yet; with `code`, the model's Python files too.

    `check` is given the bytes of all weights before anything is fetched, and may raise. Raises
    `ModelNotFound`, `DownloadFailed`, `InsufficientDisk`. A cancelled download leaves nothing that
    is taken for a model, and can be begun again.
    """
    name = hub_name(model_id)
    assert name is not None, "downloadable comes first"
    repository, revision = name
    options = ["--revision", revision] if revision else []
    options += ["--reserve", str(reserve_bytes)] if reserve_bytes is not None else []
    options += ["--code"] if code else []
    async with _process([repository, *options], environment) as process:
        await _follow(process, report, check)


@contextlib.asynccontextmanager
async def _process(arguments: list[str], environment: Mapping[str, str]) -> AsyncIterator[Process]:
    lifeline, held = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "mlx_jupyter.catalog.downloader", *arguments),
            *("--ask", "--lifeline", str(lifeline)),
            pass_fds=(lifeline,),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**environment, "HF_HUB_DISABLE_PROGRESS_BARS": "0"},
            start_new_session=True,
        )
    except BaseException:
        os.close(held)
        raise
    finally:
        os.close(lifeline)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        os.close(held)
        await process.wait()


async def _follow(
    process: Process,
    report: Callable[[DownloadProgress], None],
    check: Callable[[int], None],
) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    pace: _Pace | None = None
    async for raw in process.stdout:
        line = _lines.decode(raw)
        if line.error is not None:
            raise error_of(line.error, line.message, "model")
        if line.done:
            return
        if line.total_bytes is not None:
            check(line.weights_bytes)
            pace = _Pace(line.missing_bytes, asyncio.get_running_loop().time())
            process.stdin.write(b"go on\n")
        elif pace is not None and line.done_bytes is not None:
            report(pace.at(line.done_bytes, asyncio.get_running_loop().time()))
    code = await process.wait()
    raise DownloadFailed(f"The process that downloads ended with exit code {code}. Try again.")


class _Pace:
    """From bytes and times to an estimate."""

    def __init__(self, total_bytes: int, started: float) -> None:
        self._total_bytes = total_bytes
        self._started = self._last = started
        self._done_bytes = 0
        self._rate = 0.0

    def at(self, done_bytes: int, now: float) -> DownloadProgress:
        seconds = max(now - self._last, 1e-3)
        newest = (done_bytes - self._done_bytes) / seconds
        share = 1.0 if not self._rate else 1 - (1 - NEWEST_SHARE) ** seconds
        self._rate += share * (newest - self._rate)
        self._last, self._done_bytes = now, done_bytes
        left_bytes = max(0, self._total_bytes - done_bytes)
        return DownloadProgress(
            min(done_bytes, self._total_bytes),
            self._total_bytes,
            round(now - self._started, 3),
            round(left_bytes / self._rate, 1) if self._rate > 0 else None,
        )
