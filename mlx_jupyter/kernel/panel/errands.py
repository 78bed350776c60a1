"""What a click starts: HTTP in a thread of its own, and words in the panel at the end.

The click itself only starts it: ipykernel 7.1 to 7.3 calls back in another thread than a cell's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from IPython.core.error import UsageError

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.panel.feed import Feed
from mlx_jupyter.kernel.reports.change import EvictedReport, LoadedReport, PinnedReport

__all__ = ["Errands", "evict", "give_up", "in_words", "load", "pin", "unpin"]


def load(pool: Pool, model: str) -> str:
    """Without a pin: that is another button."""
    return " ".join(LoadedReport(pool.load(model, pin=False)).sentences())


def evict(pool: Pool, model: str) -> str:
    return " ".join(EvictedReport([pool.evict(model)], {}).sentences())


def give_up(pool: Pool, model: str) -> str:
    """Ends a load, whoever waits for it."""
    pool.evict(model, force=True)
    return f"The load of {model} is given up."


def pin(pool: Pool, model: str) -> str:
    """For this notebook: the pin ends with its kernel."""
    return " ".join(PinnedReport(pool.pin(model), kernel_id()).sentences())


def unpin(pool: Pool, model: str) -> str:
    """Takes every pin away: who presses the button wants it unpinned."""
    return " ".join(PinnedReport(pool.unpin(model, keep=True), kernel_id()).sentences())


def in_words(error: MLXJupyterError) -> str:
    """One line; for want of memory it says who holds it."""
    try:
        with one_line_errors():
            raise error
    except UsageError as said:
        return str(said)


class Errands:
    """`say` gets the words, and whether they are an error; it is called in any thread."""

    def __init__(self, feed: Feed, say: Callable[[str, bool], None]) -> None:
        self._feed = feed
        self._say = say

    def send(self, what: str, job: Callable[[Pool], str], done: Callable[[], None]) -> None:
        """Does `job`, says what it returns, then calls `done`, come what may."""
        self._say(f"{what} …", False)
        threading.Thread(target=self._run, args=(what, job, done), daemon=True).start()

    def _run(self, what: str, job: Callable[[Pool], str], done: Callable[[], None]) -> None:
        try:
            said, failed = self._feed.use(job), False
        except MLXJupyterError as error:
            said, failed = f"{what}: {in_words(error)}", True
        finally:
            done()
        self._feed.nudge()
        self._say(said, failed)
