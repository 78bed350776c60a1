"""The verbs of `%mlx` that are about the way to a pool, and work without one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.access import access_to
from mlx_jupyter.kernel.doctor.checkup import checkup
from mlx_jupyter.kernel.doctor.notebook import surroundings
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.magics.connect import connect
from mlx_jupyter.kernel.magics.connection import Connection
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.reports.doctor import DoctorReport
from mlx_jupyter.kernel.reports.environment import EnvironmentReport
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.variables import as_text

__all__ = ["CONNECTION_VERBS"]


def _doctor(shell: InteractiveShell, session: Session, options: Namespace) -> Report:
    models = [name for name in (session.model, session.embedding_model) if name]
    return DoctorReport(checkup(surroundings(shell), _chosen(session.connection), models))


def _chosen(connection: Connection) -> Endpoint | None:
    try:
        return connection.look_up() if connection.is_chosen else None
    except MLXJupyterError:
        return None


def _env(shell: InteractiveShell, session: Session, options: Namespace) -> Report:
    access = access_to(session.connection.endpoint, show_key=options.show_key)
    return EnvironmentReport(as_text(access, options.shell), options.show_key)


CONNECTION_VERBS: dict[str, Callable[[InteractiveShell, Session, Namespace], Report]] = {
    "connect": connect,
    "doctor": _doctor,
    "env": _env,
}
