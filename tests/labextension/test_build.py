"""What is committed of the JupyterLab extension is what its sources give."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE, BUILT = ROOT / "labextension", ROOT / "mlx_jupyter" / "labextension"
MOST_BYTES = 90_000
"""Of all files; tests/browser/test_lab_start.py has what of it JupyterLab loads at its start."""

needs_node = pytest.mark.skipif(shutil.which("npm") is None, reason="there is no Node here")


@needs_node
@pytest.mark.timeout(600)
def test_a_new_build_gives_the_same_bytes_and_its_own_tests_pass(tmp_path: Path) -> None:
    copy = tmp_path / "labextension"
    left_out = shutil.ignore_patterns("node_modules", "lib", "tsconfig.tsbuildinfo")
    shutil.copytree(SOURCE, copy, ignore=left_out)
    (tmp_path / "mlx_jupyter").mkdir()
    run(copy, "ci", "--ignore-scripts", "--prefer-offline")
    run(copy, "test")
    run(copy, "exec", "--call", "jupyter-builder build .")  # `npm run build` compiles once more
    assert differences(BUILT, tmp_path / "mlx_jupyter" / "labextension") == []


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in files(BUILT)) < MOST_BYTES


def test_the_lockfile_names_no_host() -> None:
    lock = (SOURCE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "http" not in lock


def run(folder: Path, *arguments: str) -> None:
    """With the environment's own `jupyter-builder`, whatever is active."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def differences(ours: Path, theirs: Path) -> list[str]:
    """The files that are not the same, or that one of them has not."""
    names = {file.relative_to(folder) for folder in (ours, theirs) for file in files(folder)}
    return [
        str(name)
        for name in sorted(names)
        if not ((ours / name).is_file() and (theirs / name).is_file())
        or not filecmp.cmp(ours / name, theirs / name, shallow=False)
    ]
