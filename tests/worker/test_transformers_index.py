"""What the import of transformers reads, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from mlx_jupyter.pool.environment import worker_environment

CODE = """
import functools, json, sys
from collections import Counter
read = Counter()

def hear(event, arguments):
    if event == "open" and "transformers/models/" in str(arguments[0]):
        read[str(arguments[0])] += str(arguments[0]).endswith(".py")

sys.addaudithook(hear)
from mlx_jupyter.worker.transformers_index import MODULE, quicken
quicken()
from transformers import AutoTokenizer, models
module = sys.modules[MODULE]
found = module.create_import_structure_from_path(models.__file__)
again = sum(times > 1 for times in read.values())
module.fetch__all__ = module.fetch__all__.args[0]
plain = module.create_import_structure_from_path.__wrapped__
module.create_import_structure_from_path = functools.cache(plain)
alone = module.create_import_structure_from_path(models.__file__)
print(json.dumps({"again": again, "files": len(read), "same": found == alone is not found}))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=worker_environment(os.environ, None),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_few_files_are_read_again(seen: dict[str, Any]) -> None:
    """Those of packages that make an index of their own."""
    assert seen["files"] > 1000
    assert seen["again"] < 50


def test_what_is_found_is_what_transformers_finds(seen: dict[str, Any]) -> None:
    assert seen["same"]
