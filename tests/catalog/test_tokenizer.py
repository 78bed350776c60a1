from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog import check_tokenizer
from mlx_jupyter.errors import CheckpointInvalid
from tests.defects import broken
from tests.models import FAMILIES, TRAINED, build


def folder_with(
    tmp_path: Path, vocab: Any, config: dict[str, Any], added: dict[str, int] | None = None
) -> Path:
    tokens = [{"content": token, "id": number} for token, number in (added or {}).items()]
    tokenizer = {"model": {"vocab": vocab}, "added_tokens": tokens}
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


@pytest.mark.parametrize("family", TRAINED)
def test_the_tokenizer_of_a_trained_checkpoint_passes(family: str) -> None:
    check_tokenizer(TRAINED[family])


def test_the_tokenizers_of_built_checkpoints_pass(tmp_path: Path) -> None:
    for folder in build(tmp_path, *FAMILIES).values():
        check_tokenizer(folder)


def test_a_tokenizer_that_is_not_json_is_found(tmp_path: Path, good: Path) -> None:
    with pytest.raises(CheckpointInvalid, match=r"tokenizer.json is not a tokenizer"):
        check_tokenizer(broken(good, tmp_path / "model", "broken_tokenizer"))


def test_the_tokenizer_of_another_model_is_found(tmp_path: Path, good: Path) -> None:
    with pytest.raises(CheckpointInvalid, match=r"up to 150,000, .*vocab_size of 768"):
        check_tokenizer(broken(good, tmp_path / "model", "wrong_tokenizer"))


def test_a_broken_chat_template_is_found(tmp_path: Path, good: Path) -> None:
    with pytest.raises(CheckpointInvalid, match="not valid Jinja"):
        check_tokenizer(broken(good, tmp_path / "model", "broken_chat_template"))


def test_a_vocabulary_padded_beyond_the_tokenizer_passes(tmp_path: Path) -> None:
    check_tokenizer(folder_with(tmp_path, {"a": 0, "b": 1}, {"vocab_size": 64}))


def test_the_largest_id_may_be_the_last_row_of_the_vocabulary(tmp_path: Path) -> None:
    check_tokenizer(folder_with(tmp_path, {"a": 0, "b": 1}, {"vocab_size": 2}))


def test_an_id_one_beyond_the_vocabulary_is_found(tmp_path: Path) -> None:
    with pytest.raises(CheckpointInvalid, match="up to 2"):
        check_tokenizer(folder_with(tmp_path, {"a": 0, "b": 2}, {"vocab_size": 2}))


@pytest.mark.parametrize("vocab", [{"a": 0, "b": 1}, {"a": 0, "b": 1, "<image>": 2}])
def test_an_added_token_may_lie_beyond_the_vocabulary(
    tmp_path: Path, vocab: dict[str, int]
) -> None:
    check_tokenizer(folder_with(tmp_path, vocab, {"vocab_size": 2}, added={"<image>": 2}))


def test_a_unigram_vocabulary_counts_by_its_order(tmp_path: Path) -> None:
    pieces = [["<s>", 0.0], ["a", -1.5], ["b", -2.5]]
    with pytest.raises(CheckpointInvalid, match="up to 2"):
        check_tokenizer(folder_with(tmp_path, pieces, {"vocab_size": 2}))


def test_the_vocabulary_of_a_vision_model_is_that_of_its_text_part(tmp_path: Path) -> None:
    config = {"text_config": {"vocab_size": 2}}
    with pytest.raises(CheckpointInvalid, match="vocab_size of 2"):
        check_tokenizer(folder_with(tmp_path, {"a": 9}, config))


def test_a_config_without_a_vocabulary_size_proves_nothing(tmp_path: Path) -> None:
    check_tokenizer(folder_with(tmp_path, {"a": 9}, {}))


def test_a_tokenizer_in_another_format_is_left_to_the_loader(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(b"\x00")
    check_tokenizer(tmp_path)
