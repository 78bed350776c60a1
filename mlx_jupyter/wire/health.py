"""`GET health`: who answers, and whether the workers live."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Health", "WorkerHealth"]


class WorkerHealth(Struct):
    """One process. `model` is None for a spare; `error` says why it is not `alive`."""

    model: str | None
    pid: int | None
    alive: bool
    blas: str | None = None
    device: str | None = None
    error: str | None = None


class Health(Struct):
    """`healthy` is False when a worker is dead or does not answer; `blas` is the fast BLAS that
    workers preload (a path), or None where MLX's own is used. `requests` are those being served or
    waiting. `defaults` are the models of requests that name none, by kind. `allow_downloads` is
    the trait, `offline` whether the environment forbids the hub all the same. `updates_displays`
    is False where something in the server makes a new output of every update of one."""

    healthy: bool
    version: str
    pid: int
    instance_id: str
    blas: str | None
    requests: int
    workers: list[WorkerHealth]
    defaults: dict[str, str] = {}
    allow_downloads: bool = True
    offline: bool = False
    updates_displays: bool = True
