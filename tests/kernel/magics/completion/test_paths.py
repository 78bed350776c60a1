from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.kernel.magics.completion.paths import paths


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("cat.png", "my dog.jpg", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "sea.jpg").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(word: str, *, only_pictures: bool = False) -> list[str]:
    return [each.text for each in paths(word, only_pictures=only_pictures)]


def test_folders_come_first_and_hidden_files_not_at_all(here: Path) -> None:
    assert texts("") == ["photos/", "cat.png", "my\\ dog.jpg", "notes.txt"]


def test_a_dot_asks_for_hidden_files(here: Path) -> None:
    assert texts(".") == [".hidden.png"]


def test_only_pictures_leaves_the_rest_out(here: Path) -> None:
    assert texts("", only_pictures=True) == ["photos/", "cat.png", "my\\ dog.jpg"]


def test_a_path_goes_on_in_its_folder(here: Path) -> None:
    assert texts("photos/s") == ["photos/sea.jpg"]
    assert texts(f"{here}/photos/") == [f"{here}/photos/sea.jpg"]


def test_blanks_are_escaped_or_in_quotes_as_typed(here: Path) -> None:
    assert texts("my\\ d") == ["my\\ dog.jpg"]
    assert texts('"my d') == ['"my dog.jpg"']
    assert texts("'ph") == ["'photos/"]


@pytest.mark.parametrize("word", ["nowhere/", "https://example.org/ca", "cat.png/"])
def test_where_no_files_are_none_are_offered(here: Path, word: str) -> None:
    assert texts(word) == []
