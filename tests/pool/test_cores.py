from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.pool.cores import usable_cores


def quota(folder: Path, new: str = "", old: str = "", period: str = "") -> tuple[Path, Path, Path]:
    files = folder / "cpu.max", folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"
    for file, text in zip(files, (new, old, period), strict=True):
        if text:
            file.write_text(text)
    return files


@pytest.mark.parametrize(
    "texts", [("100000 100000\n",), ("50000 100000\n",), ("", "100000\n", "100000\n")]
)
def test_a_containers_quota_bounds_the_cores(tmp_path: Path, texts: tuple[str, ...]) -> None:
    assert usable_cores(quota(tmp_path, *texts)) == 1


@pytest.mark.parametrize("texts", [(), ("max 100000\n",), ("", "-1\n", "100000\n"), ("?",)])
def test_without_a_quota_all_that_the_process_may_use_count(
    tmp_path: Path, texts: tuple[str, ...]
) -> None:
    assert usable_cores(quota(tmp_path, *texts)) == usable_cores(quota(tmp_path / "none"))
