"""The seat of one model: ABSENT → LOADING → READY → UNLOADING → ABSENT, and who asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.pool.eviction import Policy, Room, Seat
from mlx_jupyter.pool.rows import Decoding, held_bytes

__all__ = ["USER", "Request", "Slot", "State"]

USER = "user"
"""Among `pinned_by`, beside the ids of kernels."""


class State(Enum):
    ABSENT = "absent"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"


@dataclass
class Request:
    """One use of one model, from its ticket's `acquire` to its `release`.

    `sequences_tokens` are the tokens that each of its sequences may come to hold. `client` is who
    asks, for fairness, `since` when, and `turn` what the queue gave it. `keep_alive_seconds`
    counts from the end of this use; None is for ever. `overtaken` counts the later ones that were
    let past while this one waited for room, and `blocked_since` is when it began to wait for
    others. `evicted` left for it. `draft` is the id of the model that it asked to write ahead.
    """

    ticket: int
    model: str
    sequences_tokens: tuple[int, ...] = ()
    client: str = ""
    keep_alive_seconds: float | None = None
    policy: Policy | None = None
    draft: str | None = None
    since: float = 0.0
    turn: int = 0
    overtaken: int = 0
    blocked_since: float | None = None
    evicted: list[str] = field(default_factory=list)


@dataclass
class Slot:
    """`footprint_bytes` is what the weights need, None until the model has been inspected; `kv`
    what a sequence of it needs, and `decoding` how several run together. `live_bytes` is the newest
    reading of a running worker, without the `cache_bytes` that it keeps for speed only: those are
    booked nowhere, and stand in nobody's way.

    `opener` is the request for which the model is being loaded: its keys and values are booked
    before it is granted. `rested_since` is the end of the last use, load or pin. `last_error` is
    why the last load or worker failed, kept until a load succeeds; `crashes` counts workers that
    died while they loaded, one after the other.
    """

    model: str
    max_batch: int = 16
    state: State = State.ABSENT
    footprint_bytes: int | None = None
    kv: KVShape = field(default_factory=KVShape)
    decoding: Decoding = Decoding.LANES
    live_bytes: int = 0
    cache_bytes: int = 0
    leases: dict[int, Request] = field(default_factory=dict)
    opener: Request | None = None
    inspecting: bool = False
    pinned_by: set[str] = field(default_factory=set)
    keep_alive_seconds: float | None = None
    last_used: float = 0.0
    rested_since: float = 0.0
    last_error: MLXJupyterError | None = None
    crashes: int = 0

    @property
    def pinned(self) -> bool:
        return bool(self.pinned_by)

    @property
    def idle(self) -> bool:
        return self.state is State.READY and not self.leases

    @property
    def resident(self) -> bool:
        return self.state is not State.ABSENT

    @property
    def weights_bytes(self) -> int:
        return self.footprint_bytes or 0 if self.resident else 0

    @property
    def kv_bytes(self) -> int:
        """Booked for the requests that run, or for the one that the load is for."""
        running = self.leases.values() or ([self.opener] if self.opener else [])
        return self.kv_bytes_of(running)

    @property
    def booked_bytes(self) -> int:
        """The formula or the newest reading, whichever is more; of a process that ends, all."""
        ending_bytes = self.cache_bytes if self.state is State.UNLOADING else 0
        return max(self.weights_bytes + self.kv_bytes, self.live_bytes) + ending_bytes

    @property
    def room(self) -> Room:
        return Room(self.booked_bytes, int(self.resident))

    @property
    def seat(self) -> Seat:
        return Seat(self.model, self.room, self.last_used)

    @property
    def sequences(self) -> int:
        return sum(len(request.sequences_tokens) for request in self.leases.values())

    @property
    def expires_at(self) -> float | None:
        """When an idle model that nobody pinned has been kept for long enough; None for never."""
        if not self.idle or self.pinned or self.keep_alive_seconds is None:
            return None
        return self.rested_since + self.keep_alive_seconds

    def forget_reading(self) -> None:
        """The process is gone."""
        self.live_bytes = self.cache_bytes = 0

    def kv_bytes_of(self, requests: Iterable[Request]) -> int:
        """For requests that run together."""
        tokens = (count for request in requests for count in request.sequences_tokens)
        return held_bytes(self.kv, tokens, self.decoding, self.max_batch)

    def more_kv_bytes(self, request: Request) -> int:
        """What is booked in addition when `request` joins those that run."""
        return max(0, self.kv_bytes_of([*self.leases.values(), request]) - self.kv_bytes)
