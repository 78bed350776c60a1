"""How an error of ours ends a cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.error import UsageError

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.reports.plan import who_holds
from mlx_jupyter.wire.pool import PlanReport

__all__ = ["one_line_errors"]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What went wrong on purpose is one line for the user, never a traceback; for want of memory
    it ends with who holds it."""
    try:
        yield
    except MLXJupyterError as error:
        message = " ".join(error.message.split())
        if isinstance(error.plan, PlanReport):
            message += who_holds(error.plan, message)
        raise UsageError(message) from None
