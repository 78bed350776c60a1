from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mlx_jupyter.server.record import sweep


def test_the_records_of_killed_servers_are_swept(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"mlx-jupyter-{pid}.json" for pid in (ended.pid, os.getpid(), 10**30, "notes")]
    for name in [*names, f"jpserver-{ended.pid}.json"]:
        (tmp_path / name).touch()
    sweep(str(tmp_path))
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {names[1], names[3], f"jpserver-{ended.pid}.json"}
