"""A time limit for what has none of its own, such as the look-up of a name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import TypeVar

__all__ = ["within"]

T = TypeVar("T")


def within(seconds: float, action: Callable[[], T]) -> T | None:
    """What `action` returns; None when it takes longer, and then it ends unheard. `action` must
    not raise.

    A daemon thread, since `getaddrinfo` cannot be interrupted and must not hold Python's exit up.
    """
    results: Queue[T] = Queue()
    threading.Thread(target=lambda: results.put(action()), daemon=True).start()
    try:
        return results.get(timeout=seconds)
    except Empty:
        return None
