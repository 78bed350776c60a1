"""In which order those who wait are looked at: start-time fair queueing (Goyal et al., 1996).

Every request gets a turn when it comes: one after its client's last one, but not before the turn
that is being served. Lower turns come first, of equal ones who came first. So a kernel that maps a
prompt over a thousand rows does not hold up a cell of another; and nobody starves, because every
request that is served brings the turn of those who wait nearer, and who comes later gets a later
one.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlx_jupyter.pool.slot import Request

__all__ = ["Turns", "in_turn"]


class Turns:
    def __init__(self) -> None:
        self._served = 0
        self._last: dict[str, int] = {}

    def next(self, client: str) -> int:
        """The turn that a request would get now."""
        return max(self._served, self._last.get(client, 0)) + 1

    def take(self, client: str) -> int:
        self._last[client] = turn = self.next(client)
        return turn

    def serve(self, turn: int) -> None:
        if turn > self._served:
            self._served = turn
            self._last = {client: last for client, last in self._last.items() if last > turn}


def in_turn(requests: Iterable[Request]) -> list[Request]:
    return sorted(requests, key=lambda request: (request.turn, request.ticket))
