from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlx_jupyter.kernel.reports.status import ModelsReport, StatusReport
from mlx_jupyter.wire.models import Model
from mlx_jupyter.wire.pool import LoadProgress, MemoryStatus, ModelStatus, PoolStatus

NOW = 10_000.0


def model(**facts: Any) -> ModelStatus:
    given: dict[str, Any] = {"status": "running", "kind": "text", "size_gb": 1.0, "pinned": False}
    given |= {"estimated_load_time_seconds": None, "memory_used_gb": 1.9, "in_use": False}
    given |= {"last_used": NOW - 120, "health": "healthy"}
    return ModelStatus(**given | facts)


def report(models: dict[str, ModelStatus], **memory: Any) -> StatusReport:
    given: dict[str, Any] = {"used_gb": 1.9, "total_gb": 24.0, "limit_gb": 18.0}
    given |= {"available_gb": 16.1, "reserved_gb": 0.0, "resident_gb": 1.9, "spare_gb": 0.0}
    given |= {"host_available_gb": 20.0}
    return StatusReport(PoolStatus(models=models, memory=MemoryStatus(**given | memory)), NOW, "me")


def test_the_budget_is_a_bar_and_a_sentence() -> None:
    assert report({"a": model()}).as_plain().splitlines()[0] == (
        "██░░░░░░░░░░░░░░░░░░ 1.90 GB of 18.0 GB used, 1 model, 16.1 GB free"
    )


def test_spare_workers_are_told_and_count_as_free() -> None:
    said = report({"a": model()}, spare_gb=0.0977).as_plain().splitlines()[0]
    assert said.endswith("1 model, 16.1 GB free (97.7 MB of it in spare workers)")


def test_caches_are_told_and_count_as_free() -> None:
    said = report({"a": model()}, spare_gb=0.0977, cached_gb=0.0123).as_plain().splitlines()[0]
    assert said.endswith("free (97.7 MB of it in spare workers, 12.3 MB of it in caches)")


def test_what_each_model_keeps_for_speed_is_in_the_table() -> None:
    kept = report({"a": model(prompt_cache_gb=0.012, image_cache_gb=0.003), "b": model()})
    said = kept.as_plain().splitlines()
    assert said[2].split()[:4] == ["Model", "State", "Size", "Caches"]
    assert said[3].split()[:6] == ["a", "loaded", "1.90", "GB", "15.0", "MB"]


def test_vectors_on_disk_are_told() -> None:
    said = replace(report({}), vectors_bytes=24_000_000).as_plain()
    assert said.endswith("\n24.0 MB of vectors are kept on disk.")


def test_an_empty_pool_has_no_table() -> None:
    assert report({"a": model(status="unloaded")}).table() is None


def test_an_idle_model_tells_since_when_and_when_it_leaves() -> None:
    said = report({"a": model(expires_at=NOW + 1680)}).as_plain().splitlines()
    assert said[2].split() == ["Model", "State", "Size", "Idle", "Unloads", "in"]
    assert said[3].split() == ["a", "loaded", "1.90", "GB", "2", "min", "28", "min"]


def test_a_model_in_use_tells_its_requests_and_is_not_idle() -> None:
    table = report({"a": model(in_use=True, requests=3)}).table()
    assert table is not None
    assert table.as_plain().splitlines()[1].split() == ["a", "loaded", "1.90", "GB", "3"]


def test_pins_are_told_by_whose_they_are() -> None:
    pinned = model(pinned=True, pinned_by=["user", "me", "1f0e9a3c-7a52"])
    assert "you, this notebook, kernel 1f0e9a3c" in report({"a": pinned}).as_plain()


def test_a_loading_model_tells_how_far_it_is() -> None:
    progress = LoadProgress(stage="load", done_bytes=31, total_bytes=50, elapsed_seconds=1.0)
    assert "loading 62 %" in report({"a": model(status="loading", progress=progress)}).as_plain()


def test_a_failed_model_tells_why() -> None:
    failed = model(status="failed", last_error="out of memory", memory_used_gb=0.0)
    assert report({"a": failed}).as_plain().splitlines()[3].startswith("a      failed  1.00 GB")
    assert "out of memory" in report({"a": failed}).as_html()


def test_pressure_is_told() -> None:
    said = report({}, pressure="critical", host_available_gb=0.4).as_plain()
    assert said.endswith("The machine is short of memory (critical): 400 MB are left.")


def test_what_the_server_said_is_inside() -> None:
    assert report({}).status.memory.limit_gb == 18.0


def test_all_models_are_listed_with_kind_size_and_state() -> None:
    chat = Model("demo/chat", 0, "text", "llama", "ready", 10**6, True, 512, "p", "w")
    embed = Model("demo/embed", 0, "embedding", "bert", "absent", 5000, False, None, "p", "w")
    assert ModelsReport([chat, embed], {"demo/chat"}).as_plain().splitlines() == [
        "Model       Kind          Size  Context  State",
        "demo/chat   text       1.00 MB      512  loaded, pinned, used here",
        "demo/embed  embedding  5.00 kB",
    ]
