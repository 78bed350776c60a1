"""How far something has come, in words and as a bar."""

from __future__ import annotations

from mlx_jupyter.kernel.units import duration, size
from mlx_jupyter.wire.pool import LoadProgress
from mlx_jupyter.wire.sse import Progress

__all__ = ["bar", "embed_words", "load_words", "words"]

_WIDTH = 20
_VERBS = {"download": "downloading", "load": "loading", "loading": "loading"}


def bar(share: float) -> str:
    """`share` of 1 as twenty blocks. Full only when all is done, empty only when nothing is."""
    share = min(max(share, 0.0), 1.0)
    filled = int(share * _WIDTH)
    filled = 1 if share > 0 and filled == 0 else filled
    return "█" * filled + "░" * (_WIDTH - filled)


def load_words(model: str, progress: LoadProgress) -> str:
    """`loading org/name ██████░░░░ 62 %, 1.20 GB of 1.94 GB, 3 s left`."""
    amount = _amount(progress.done_bytes, progress.total_bytes, progress.eta_seconds)
    return f"{_VERBS[progress.stage]} {model} {amount}"


def embed_words(done: int, total: int, seconds_left: float | None) -> str:
    """`embedding ██████░░░░ 12,400 of 20,000 texts, 3 s left`."""
    left = f", {duration(seconds_left)} left" if seconds_left and seconds_left >= 1 else ""
    return f"embedding {bar(done / total)} {done:,} of {total:,} texts{left}"


def words(report: Progress | None) -> str:
    """What a request waits for, as a person would say it."""
    if report is None:
        return "…"
    elapsed = "" if report.elapsed_seconds is None else f", {report.elapsed_seconds:.0f} s"
    model = report.model or "the model"
    match report.stage:
        case "queued":
            busy = f" ({', '.join(report.wait_for)} in use)" if report.wait_for else ""
            return f"waiting for room for {model}{busy}{elapsed}"
        case "download" | "loading" as stage if report.total_bytes:
            amount = _amount(report.done_bytes or 0, report.total_bytes, report.eta_seconds)
            return f"{_VERBS[stage]} {model} {amount}"
        case "download" | "loading" as stage:
            return f"{_VERBS[stage]} {model}{elapsed}"
        case "prefill" if report.total_tokens:
            return f"reading the prompt: {report.done_tokens or 0} of {report.total_tokens} tokens"
        case "prefill":
            return "reading the prompt"
        case stage:
            return f"{stage}{elapsed}"


def _amount(done_bytes: int, total_bytes: int, eta_seconds: float | None) -> str:
    left = f", {duration(eta_seconds)} left" if eta_seconds and eta_seconds >= 1 else ""
    if total_bytes <= 0:
        return f"{size(done_bytes)}{left}"
    share = min(done_bytes / total_bytes, 1.0)
    return f"{bar(share)} {int(share * 100)} %, {size(done_bytes)} of {size(total_bytes)}{left}"
