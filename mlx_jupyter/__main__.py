"""`python -m mlx_jupyter env`, `key`, `doctor`."""

from __future__ import annotations

import sys

from mlx_jupyter.kernel.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
