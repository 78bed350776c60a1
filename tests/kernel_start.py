"""Kernels that start on ports which were free a moment ago.

jupyter_client lets go of the ports before the kernel binds them; meanwhile any connection of
another test may take one. Then the kernel dies at once, and another is started.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

__all__ = ["execute", "start_kernel"]

T = TypeVar("T")

_TRIES = 3


def execute(document: Any, **options: Any) -> None:
    """Runs a notebook from top to bottom, in a kernel of its own."""
    _tried(lambda: NotebookClient(document, kernel_name="python3", **options).execute())


def start_kernel() -> tuple[Any, Any]:
    """A kernel's manager and client."""
    started: tuple[Any, Any] = _tried(lambda: start_new_kernel(kernel_name="python3"))
    return started


def _tried(start: Callable[[], T]) -> T:
    for _ in range(_TRIES - 1):
        try:
            return start()
        except RuntimeError as error:
            if "Kernel died before replying" not in str(error):
                raise
    return start()
