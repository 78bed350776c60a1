"""Compiles the schema on its standard input, and prints what is wrong with it; for `pool.trial`.

It is started as `python -m mlx_jupyter.worker.trial`, and may be ended by what it compiles: by
SIGPROF where that takes too long (its argument, in seconds of CPU), by SIGSEGV or SIGABRT where it
nests too deeply. Its stack is half of what a worker has, so that what passes here passes there.
"""

from __future__ import annotations

import signal
import sys
import threading

import msgspec
from llguidance import LLTokenizer

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Schema
from mlx_jupyter.worker.grammar import compiled

__all__ = ["main"]

STACK_BYTES = 4 * 2**20


def main(seconds: float, text: bytes) -> None:
    schema = msgspec.json.decode(text, type=Schema)
    tokenizer = LLTokenizer("byte")
    threading.stack_size(STACK_BYTES)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    thread = threading.Thread(target=_try, args=(tokenizer, schema))
    thread.start()
    thread.join()


def _try(tokenizer: LLTokenizer, schema: Schema) -> None:
    try:
        compiled(tokenizer, schema)
    except InvalidRequest as error:
        sys.stdout.write(error.message)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.stdin.buffer.read())
