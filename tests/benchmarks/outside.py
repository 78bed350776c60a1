"""A load outside of any server: says `ready` when mlx-lm is imported, loads the checkpoint when it
reads a line, and says how many seconds that took.

    python -m tests.benchmarks.outside CHECKPOINT
"""

from __future__ import annotations

import sys
from time import perf_counter as clock

from mlx_lm import load


def main() -> int:
    _say("ready")
    sys.stdin.readline()
    start = clock()
    load(sys.argv[1])
    _say(str(clock() - start))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
