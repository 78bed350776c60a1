from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.pool.history import MOST_MODELS, History


def test_nothing_is_known_at_first() -> None:
    history = History(None)
    assert history.footprint_bytes("m", 100) == 100
    assert history.load_seconds("m", 100) is None


def test_what_was_measured_counts_while_the_estimate_is_the_same(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    history.remember("m", 100, 110, 2.0)
    assert history.footprint_bytes("m", 100) == 110
    assert history.footprint_bytes("m", 90) == 90, "the files have changed"
    assert history.load_seconds("m", 100) == 2.0


def test_a_model_that_was_never_loaded_takes_as_long_as_others_for_their_size() -> None:
    history = History(None)
    history.remember("a", 100, 100, 1.0)
    assert history.load_seconds("b", 300) == pytest.approx(3.0)
    history.remember("c", 100, 100, 2.0)
    assert 3.0 < (history.load_seconds("b", 300) or 0) < 6.0


def test_it_survives_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "history.json"
    history = History(file)
    history.remember("m", 100, 110, 2.0)
    history.save()
    again = History(file)
    assert again.footprint_bytes("m", 100) == 110
    assert again.load_seconds("other", 110) == pytest.approx(2.0)
    assert [path.name for path in file.parent.iterdir()] == ["history.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"models": {"m": 5}}', b"\xff\xfe"])
def test_a_damaged_file_is_ignored_and_replaced(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "history.json"
    file.write_bytes(damage)
    history = History(file)
    history.remember("m", 100, 110, 2.0)
    history.save()
    assert History(file).footprint_bytes("m", 100) == 110


def test_a_disk_that_cannot_be_written_to_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history.json")
    history.save()
    history.save()
    assert len([r for r in caplog.records if "are not kept" in r.message]) == 1


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    for number in range(MOST_MODELS + 5):
        history.remember(f"m{number}", 100, 110, 1.0)
    assert history.footprint_bytes("m4", 100) == 100
    assert history.footprint_bytes("m5", 100) == 110
