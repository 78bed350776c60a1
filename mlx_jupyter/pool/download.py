from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DownloadProgress:
    done_bytes: int
    total_bytes: int
    elapsed_seconds: float
    eta_seconds: float | None


def downloadable(model_id: str) -> bool:
    return False


async def download(
    model_id: str,
    environment: Mapping[str, str],
    report: Callable[[DownloadProgress], None],
    check: Callable[[int], None],
) -> None:
    raise NotImplementedError
