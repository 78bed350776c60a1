from __future__ import annotations

import json
import shutil
from pathlib import Path

from mlx_jupyter.catalog.vocabulary import differing_tokens
from tests.models import TRAINED


def written(folder: Path, vocab: object, *added: str) -> Path:
    folder.mkdir()
    content = {"model": {"vocab": vocab}, "added_tokens": [{"content": one} for one in added]}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    return folder


def test_added_tokens_may_be_others(tmp_path: Path) -> None:
    one = written(tmp_path / "one", {"a": 0, "b": 1, "<end>": 2}, "<end>")
    two = written(tmp_path / "two", {"a": 0, "b": 1, "<turn>": 3}, "<turn>", "<more>")
    assert differing_tokens(one, two) == 0


def test_a_token_that_one_has_not_or_under_another_number_is_different(tmp_path: Path) -> None:
    one = written(tmp_path / "one", {"a": 0, "b": 1})
    two = written(tmp_path / "two", [["b", -1.5], ["c", -2.0]])
    assert differing_tokens(one, two) == 3


def test_a_file_that_does_not_say_decides_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(TRAINED["llama"], broken)
    assert differing_tokens(TRAINED["llama"], broken) == 0
    (broken / "tokenizer.json").write_text("{")
    assert differing_tokens(TRAINED["llama"], broken) is None
    assert differing_tokens(tmp_path, broken) is None
