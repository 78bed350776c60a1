"""How the server was looked for: each way that was tried, and why it was taken or not."""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.search import Attempt

__all__ = ["HOW", "discovery_steps", "taken"]

HOW = {
    "explicit": "the address that was given",
    "environment": "MLX_JUPYTER_URL",
    "parent": "the server that started this kernel",
    "folder": "the server whose root folder holds this one",
    "hub": "JupyterHub's environment",
    "only": "the only server there is",
}
"""`Endpoint.how` in words."""


def discovery_steps(attempts: Sequence[Attempt], answering: int, live: int) -> list[Step]:
    """One step for each way that was tried. `answering` of `live` records are of servers that
    answer; that matters only when no way led to one."""
    found = taken(attempts)
    steps = [_step(attempt) for attempt in attempts]
    if found is not None:
        return steps
    if answering > 1:
        said = f"{answering} servers answer, and none of them is the right one for sure."
        return [*steps, Step("discovery", Mark.WRONG, said, "%mlx connect lists them: choose one.")]
    ghosts = f" ({live} left a record and does not answer)" if live else ""
    said = f"No Jupyter server with mlx_jupyter is running here{ghosts}."
    near = next((attempt.todo for attempt in attempts if attempt.todo), "")
    start = "Start one with `jupyter lab`, or %mlx connect ADDRESS for one on another machine."
    todo = near or start
    return [*steps, Step("discovery", Mark.WRONG, said, todo)]


def taken(attempts: Sequence[Attempt]) -> Attempt | None:
    return next((attempt for attempt in attempts if attempt.endpoint), None)


def _step(attempt: Attempt) -> Step:
    if attempt.endpoint:
        return Step(f"by {HOW[attempt.how]}", Mark.OK, f"Taken: {attempt.said}.")
    mark = Mark.NOTE if attempt.todo else Mark.NO
    said = f"{attempt.said[0].upper()}{attempt.said[1:]}."
    return Step(f"by {HOW[attempt.how]}", mark, said, attempt.todo)
