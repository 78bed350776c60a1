"""The worker's end of the socket: the main thread reads commands between steps and sends events.

A reader thread would have to win the GIL first, whose switch interval is 5 ms: of 16 requests
that came together the first was prefilled alone (measured). So the one thread here only waits on
the lifeline, a pipe whose other end the server holds and never writes to. It closes however the
server dies, `kill -9` included, and then the process ends: MLX may be in the middle of a long
prefill, so nothing is waited for. (Polling the socket for a hang-up alone works on Linux, but not
on macOS.)
"""

from __future__ import annotations

import os
import select
import socket
import threading

from mlx_jupyter.messages import Command, Event, command_frames, encode

__all__ = ["Channel"]

CHUNK_BYTES = 262144


class Channel:
    def __init__(self, connection: socket.socket, lifeline: int) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)
        threading.Thread(target=_hold, args=[lifeline], name="lifeline", daemon=True).start()

    def receive(self, timeout_seconds: float | None = None) -> list[Command]:
        """The commands that have come, in order. Waits for the first, at most `timeout_seconds`
        (in whole milliseconds); None waits for as long as it takes."""
        wait_ms = None if timeout_seconds is None else int(timeout_seconds * 1000)
        commands: list[Command] = []
        while not commands and self._readable.poll(wait_ms):
            self._buffer += self._read()
            commands = list(command_frames(self._buffer))
        return commands

    def send(self, event: Event) -> None:
        try:
            self._socket.sendall(encode(event))
        except OSError:
            _end_with_the_server()

    def _read(self) -> bytes:
        try:
            received = self._socket.recv(CHUNK_BYTES)
        except OSError:
            received = b""
        if not received:
            _end_with_the_server()
        return received


def _hold(lifeline: int) -> None:
    os.read(lifeline, 1)
    _end_with_the_server()


def _end_with_the_server() -> None:
    # Not sys.exit: the main thread may be inside MLX, and atexit handlers would wait for it.
    os._exit(0)
