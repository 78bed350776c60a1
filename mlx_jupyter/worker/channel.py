"""The worker's end of the socket: a thread reads commands, the main thread takes them and sends
events.

The reader also ends the process when the server's end closes, and the kernel closes it however the
server dies, `kill -9` included: MLX may be in the middle of a long prefill, so nothing is waited
for.
"""

from __future__ import annotations

import os
import socket
import threading
from queue import Empty, SimpleQueue

from mlx_jupyter.messages import Command, Event, command_frames, encode

__all__ = ["Channel"]


class Channel:
    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._inbox: SimpleQueue[Command] = SimpleQueue()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def receive(self, *, wait: bool) -> list[Command]:
        """The commands that have come, in order; with `wait`, at least one."""
        commands = [self._inbox.get()] if wait else []
        while True:
            try:
                commands.append(self._inbox.get_nowait())
            except Empty:
                return commands

    def send(self, event: Event) -> None:
        try:
            self._socket.sendall(encode(event))
        except OSError:
            _end_with_the_server()

    def _read(self) -> None:
        buffer = bytearray()
        while received := self._receive():
            buffer += received
            for command in command_frames(buffer):
                self._inbox.put(command)
        _end_with_the_server()

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""


def _end_with_the_server() -> None:
    # Not sys.exit: the main thread may be inside MLX, and atexit handlers would wait for it.
    os._exit(0)
