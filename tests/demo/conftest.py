"""Everything that loads MLX runs in a process of its own.

Importing mlx_lm lowers the limit of open files for good.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.demo import FOLDER

ROOT = FOLDER.parents[1]


@pytest.fixture(scope="session")
def python_json() -> Callable[..., Any]:
    """Runs Python with these arguments, JSON on its input; what it wrote, decoded."""

    def run(*arguments: str | Path, given: object = None) -> Any:
        search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        finished = subprocess.run(
            [sys.executable, *map(str, arguments)],
            input=json.dumps(given),
            env={**os.environ, "PYTHONPATH": search, "MLX_DISABLE_COMPILE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return run
