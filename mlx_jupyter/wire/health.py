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
    waiting. `defaults` are the models of requests that name none, by kind."""

    healthy: bool
    version: str
    pid: int
    instance_id: str
    blas: str | None
    requests: int
    workers: list[WorkerHealth]
    defaults: dict[str, str] = {}
