"""What the server computes on, what it may use, and whether its processes live."""

from __future__ import annotations

from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.units import gigabytes
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.pool import MemoryStatus

__all__ = ["server_steps"]


def server_steps(health: Health, memory: MemoryStatus | None) -> list[Step]:
    """`memory` is None where the server did not tell in time."""
    steps = [_device(health), _workers(health), _downloads(health)]
    return steps if memory is None else [steps[0], _memory(memory), *steps[1:]]


def _device(health: Health) -> Step:
    devices = {worker.device for worker in health.workers if worker.device}
    if not devices:
        said = "No model's process is up yet that could tell what it computes on."
        return Step("device", Mark.OK, said)
    if devices == {"gpu"}:
        return Step("device", Mark.OK, "Models compute on the GPU.")
    fast = health.blas or next((worker.blas for worker in health.workers if worker.blas), None)
    if fast:
        return Step("device", Mark.OK, f"Models compute on the CPU, with {fast}.")
    return Step(
        "device",
        Mark.NOTE,
        "Models compute on the CPU; on Linux without a fast BLAS that is 5 to 30 times slower.",
        "On Linux install OpenBLAS (Debian: `apt install libopenblas0-pthread`) and restart"
        " Jupyter, which finds it.",
    )


def _memory(memory: MemoryStatus) -> Step:
    used = f"{gigabytes(memory.used_gb)} of {gigabytes(memory.limit_gb)}"
    left = gigabytes(memory.host_available_gb)
    if memory.pressure == "normal":
        return Step("memory", Mark.OK, f"{used} are used; the machine has {left} left.")
    said = f"The machine is short of memory ({memory.pressure}): {left} are left; {used} are used."
    todo = "Close what needs much, %mlx evict a model, or lower memory_limit."
    return Step("memory", Mark.NOTE, said, todo)


def _workers(health: Health) -> Step:
    dead = [worker for worker in health.workers if not worker.alive]
    if not dead:
        models = ", ".join(worker.model for worker in health.workers if worker.model)
        return Step("processes", Mark.OK, f"All are alive ({models or 'no model is loaded'}).")
    said = "; ".join(f"{worker.model}: {worker.error}" for worker in dead)
    todo = "Ask that model again: the next use starts another process. Jupyter's log has more."
    return Step("processes", Mark.WRONG, f"A model's process is not well: {said}.", todo)


def _downloads(health: Health) -> Step:
    if not health.allow_downloads:
        said = "Models that are not there are not fetched (allow_downloads=False)."
        return Step("downloads", Mark.OK, said)
    if health.offline:
        todo = "Unset HF_HUB_OFFLINE and restart Jupyter to let it fetch models."
        said = "The server's environment says that the hub is not to be asked."
        return Step("downloads", Mark.NOTE, said, todo)
    return Step("downloads", Mark.OK, "Models that are not there are fetched from the hub.")
