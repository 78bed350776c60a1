"""`python -m mlx_jupyter`: what a terminal needs of the pool."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TextIO

from IPython import get_ipython

from mlx_jupyter.errors import MLXJupyterError, ServerNotFound
from mlx_jupyter.kernel.access import access_to, key_of
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.doctor.checkup import checkup
from mlx_jupyter.kernel.doctor.notebook import surroundings
from mlx_jupyter.kernel.doctor.step import Mark
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.reports.doctor import DoctorReport
from mlx_jupyter.kernel.variables import SHELLS, as_text

__all__ = ["main"]


def main(arguments: Sequence[str], out: TextIO, problems: TextIO) -> int:
    """The exit status: 0, or 1 with what is wrong on `problems`."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, out)
    except MLXJupyterError as error:
        problems.write(f"{error.message}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mlx_jupyter", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    env = verbs.add_parser(
        "env",
        help='variables for other programs: eval "$(python -m mlx_jupyter env)"',
        description="Writes OPENAI_BASE_URL and OPENAI_API_KEY. A terminal is shown no key.",
    )
    env.add_argument("--shell", choices=list(SHELLS), default="sh")
    env.add_argument("--show-key", action="store_true", help="at a terminal too")
    key = verbs.add_parser("key", help="the key alone")
    for verb in (env, key):
        verb.add_argument(
            "url", metavar="ADDRESS", nargs="?", help="the pool's, if there are several"
        )
    verbs.add_parser("doctor", help="what is looked for, what is found, what is wrong")
    return parser


def _run(options: argparse.Namespace, out: TextIO) -> int:
    if options.verb == "doctor":
        report = DoctorReport(checkup(surroundings(get_ipython())))
        out.write(f"{report}\n")
        return int(any(step.mark is Mark.WRONG for step in report.steps))
    endpoint = find(options.url)
    if options.verb == "key":
        return _write_key(endpoint, out)
    # What goes into a pipe or a file is meant to be used; a terminal has onlookers.
    access = access_to(endpoint, show_key=options.show_key or not out.isatty())
    out.write(f"{as_text(access, options.shell)}\n")
    return 0


def _write_key(endpoint: Endpoint, out: TextIO) -> int:
    key = endpoint.api_key or key_of(endpoint.base_url)
    if not key:
        raise ServerNotFound(
            f"No key for {endpoint.base_url} is known here: its server is not on this machine, or"
            " has stopped. Set MLX_JUPYTER_API_KEY, or give another address."
        )
    out.write(f"{key}\n")
    return 0
