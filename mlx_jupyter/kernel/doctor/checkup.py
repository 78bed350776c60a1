"""The whole diagnosis, from the look for a server to the page that shows the answer."""

from __future__ import annotations

from collections.abc import Collection

from mlx_jupyter._version import __version__
from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.doctor.asking import known_names, memory_of, workers_health
from mlx_jupyter.kernel.doctor.connecting import connection_steps
from mlx_jupyter.kernel.doctor.discovering import discovery_steps, taken
from mlx_jupyter.kernel.doctor.naming import model_steps
from mlx_jupyter.kernel.doctor.notebook import Surroundings, notebook_steps
from mlx_jupyter.kernel.doctor.probe import probe
from mlx_jupyter.kernel.doctor.serving import server_steps
from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.search import Search
from mlx_jupyter.wire.health import Health

__all__ = ["checkup"]


def checkup(
    here: Surroundings, chosen: Endpoint | None = None, models: Collection[str] = ()
) -> list[Step]:
    """`chosen` is where %mlx connect points, `models` what %mlx use named. Never raises; each
    probe takes two seconds at most."""
    endpoint, steps = _discover(chosen)
    if endpoint is not None:
        steps += _connect(endpoint, models)
    return steps + notebook_steps(here)


def _discover(chosen: Endpoint | None) -> tuple[Endpoint | None, list[Step]]:
    if chosen is not None:
        said = f"Taken: {chosen.base_url}. %mlx connect --reset goes back to looking for one."
        return chosen, [Step("by your choice (%mlx connect)", Mark.OK, said)]
    search = Search()
    try:
        attempts = list(search.attempts())
    except MLXJupyterError as error:
        said = f"MLX_JUPYTER_URL or MLX_JUPYTER_API_KEY is wrong: {error.message}"
        return None, [Step("discovery", Mark.WRONG, said)]
    found = taken(attempts)
    if found is not None:
        return found.endpoint, discovery_steps(attempts, 0, 0)
    return None, discovery_steps(attempts, len(search.answering), len(search.live))


def _connect(endpoint: Endpoint, models: Collection[str]) -> list[Step]:
    found = probe(endpoint)
    steps = connection_steps(endpoint, found, __version__)
    if found.health is None:
        return steps
    with Pool(endpoint) as pool:
        return steps + _serve(pool, found.health, models)


def _serve(pool: Pool, health: Health, models: Collection[str]) -> list[Step]:
    asked = workers_health(pool)
    steps = server_steps(asked or health, memory_of(pool))
    if asked is None:
        said = "A model's process is busy, or hangs: it did not answer within two seconds."
        steps.append(Step("processes", Mark.NOTE, said, "Look again; if it stays, %mlx evict it."))
    known = known_names(pool, health.defaults.values())
    return steps + model_steps(health, known, models)
