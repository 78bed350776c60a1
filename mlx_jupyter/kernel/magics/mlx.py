"""`%mlx`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from IPython.core import page
from IPython.core.magic import Magics, line_magic, magics_class

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.live import live_for
from mlx_jupyter.kernel.magics.benching import follow_bench
from mlx_jupyter.kernel.magics.command import Command, parse_command
from mlx_jupyter.kernel.magics.connecting import CONNECTION_VERBS
from mlx_jupyter.kernel.magics.connection import Connection
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.following import follow_events, follow_load
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.magics.verb_help import help_of
from mlx_jupyter.kernel.magics.verbs import VERBS
from mlx_jupyter.kernel.reports.report import Report

__all__ = ["MLXMagics"]


@magics_class
class MLXMagics(Magics):  # type: ignore[misc]
    """The pool from the notebook: what is loaded, what would fit, who stays and who leaves."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self._session = session

    @property
    def connection(self) -> Connection:
        """This notebook's, for what is no magic (`kernel.chosen`)."""
        return self._session.connection

    @line_magic
    def mlx(self, line: str) -> Report | None:
        """The pool of models: what is loaded, what would fit, who stays and who leaves.

        ::

          %mlx [status]                     the budget, and the models that are loaded
          %mlx models                       all models of this machine
          %mlx load MODEL [--no-pin] [--keep] [--keep-alive TIME]
                                            load a model and pin it; ■ gives the load up
          %mlx evict MODEL... [--force]     unload models; --force also those in use
          %mlx evict --all [--force]
          %mlx pin MODEL [--keep]           keep a loaded model loaded
          %mlx unpin MODEL [--keep]
          %mlx switch MODEL [--policy lru|largest|smart]
                                            evict what is needed and load MODEL, without a pin
          %mlx plan MODEL                   what loading MODEL would do; does nothing
          %mlx use [MODEL | --reset]        the model of this notebook's %chat and %%chat, or, if it
                                            makes vectors, of %embed
          %mlx events [-n N]                the last N events, or those from now on, until ■
          %mlx bench [MODEL] [--n N]        how fast a model answers, alone and four at once
          %mlx connect                      where this notebook's pool is, and what others there are
          %mlx connect ADDRESS [--key KEY] [--ca FILE]
                                            use the pool at ADDRESS, as Jupyter prints it, or the
                                            one with a number of %mlx connect; asks for the key
          %mlx connect --reset              look for the pool again, as in the beginning
          %mlx doctor                       what was looked for and found, what is wrong, what to do
          %mlx env [--shell sh|fish|powershell|json|dotenv] [--show-key]
                                            what other programs need to use the pool
          %mlx panel                        all of this live, with buttons

        A pin ends with this notebook's kernel; with --keep it is yours, and stays until you take it
        away with `%mlx unpin MODEL --keep`. TIME is how long an unpinned model stays after its last
        use: 5m, 1h, 90 (seconds), 0 (not at all), -1 (for ever).

        Examples::

            %mlx
            %mlx plan mlx-community/Qwen3-4B-4bit
            %mlx load mlx-community/Qwen3-4B-4bit --keep-alive 1h
            %mlx use mlx-community/Qwen3-4B-4bit
            %mlx events -n 10

        `%mlx VERB?` shows the options and examples of one verb.

        The result is in `_` and `Out[n]`, with what the server said: `_.status`, `_.plan`.
        """
        if asked := help_of(line, MLXMagics.mlx.__doc__):
            page.page(asked)
            return None
        command = parse_command(line)
        with one_line_errors():
            if command.verb in CONNECTION_VERBS:
                verb = CONNECTION_VERBS[command.verb]
                return verb(self.shell, self._session, command.options)
            return self._session.connection.use(lambda pool: self._do(pool, command))

    def _do(self, pool: Pool, command: Command) -> Report:
        live = live_for(self.shell)
        report: Report
        if command.verb == "load":
            report = follow_load(pool, command.options, live)
        elif command.verb == "events" and command.options.last is None:
            report = follow_events(pool, live)
        elif command.verb == "bench":
            report = follow_bench(pool, self._session, command.options, live)
        else:
            return VERBS[command.verb](pool, self._session, command.options)
        if live.end(report.bundle()):
            report.shown_in_cell = self.shell.execution_count
        return report
