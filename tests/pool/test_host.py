from __future__ import annotations

import os
from pathlib import Path

import psutil

from mlx_jupyter.pool.host import cpu_seconds, read_host, rss_bytes

GIB = 2**30
NO_PROCESS = 2**22 + 1


def test_without_a_container_it_is_the_machine(tmp_path: Path) -> None:
    host = read_host(tmp_path)
    assert host.total_bytes == psutil.virtual_memory().total
    assert 0 < host.available_bytes <= host.total_bytes


def test_a_container_bounds_both_and_its_page_cache_is_available(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{GIB}\n")
    (tmp_path / "memory.current").write_text(f"{GIB // 2}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {GIB // 4}\n")
    host = read_host(tmp_path)
    assert (host.total_bytes, host.available_bytes) == (GIB, GIB - GIB // 2 + GIB // 4)


def test_a_container_without_a_limit_bounds_nothing(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert read_host(tmp_path).total_bytes == psutil.virtual_memory().total


def test_the_older_kind_of_container_is_seen_too(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.limit_in_bytes").write_text(str(GIB))
    (folder / "memory.usage_in_bytes").write_text(str(GIB))
    assert read_host(tmp_path).available_bytes == 0


def test_a_process_that_is_gone_has_no_figures() -> None:
    assert rss_bytes(NO_PROCESS) is None
    assert cpu_seconds(NO_PROCESS) is None
    assert (rss_bytes(os.getpid()) or 0) > 10**6
    assert (cpu_seconds(os.getpid()) or 0) > 0
