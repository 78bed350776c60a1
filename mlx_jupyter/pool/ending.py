"""How a worker's process ended, as its requests are told."""

from __future__ import annotations

import signal

__all__ = ["words_of"]


def words_of(
    pid: int,
    model: str | None,
    code: int | None = None,
    printed: bytes = b"",
    hung: str | None = None,
) -> str:
    """`code` as the system gives it, below zero for a signal; `printed` is the end of what it said;
    `hung` why it was ended on purpose."""
    name = f"The worker process {pid}" + (f" of model '{model}'" if model else "")
    how = hung or _how(code, printed)
    return f"{name} ended{f' ({how})' if how else ''}. Try again: it is replaced."


def _how(code: int | None, printed: bytes) -> str:
    if code is None:
        return ""
    if code == -signal.SIGKILL:  # it had no time for words; what it printed before is no cause
        return "signal SIGKILL, perhaps because memory ran out"
    how = f"signal {_signal_name(-code)}" if code < 0 else f"exit code {code}"
    words = printed.decode(errors="replace").strip().rpartition("\n")[-1]
    return f"{how}; it last said: {words}" if words else how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return str(number)
