from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlx_jupyter.catalog.describe import describe
from mlx_jupyter.errors import CheckpointInvalid
from tests.defects import broken, edit_json


@pytest.fixture
def folder(tmp_path: Path, good: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "model"))


def test_a_checkpoint_is_described_from_its_files(good: Path) -> None:
    found = describe("acme/model", good, "abc")
    assert (found.id, found.path, found.revision) == ("acme/model", good, "abc")
    assert (found.kind, found.family, found.context_length) == ("text", "llama", 2048)
    assert found.size_bytes == 1_230_592


def test_the_reason_for_the_kind_is_given(good: Path) -> None:
    assert describe("x", good).why == "config.json names model_type llama, a text architecture"


def test_a_checkpoint_was_created_when_its_config_came(folder: Path) -> None:
    assert describe("x", folder).created == int((folder / "config.json").stat().st_mtime)


def test_the_context_of_a_vision_model_is_that_of_its_text_part(folder: Path) -> None:
    text = {"max_position_embeddings": 4096}
    edit_json(folder / "config.json", max_position_embeddings=None, text_config=text)
    assert describe("x", folder).context_length == 4096


def test_the_context_of_an_embedding_model_is_bounded_by_its_sentence_length(folder: Path) -> None:
    edit_json(folder / "sentence_bert_config.json", max_seq_length=256)
    assert describe("x", folder).context_length == 256


def test_a_roberta_numbers_its_positions_from_behind_its_padding(folder: Path) -> None:
    edit_json(
        folder / "config.json",
        model_type="xlm-roberta",
        max_position_embeddings=514,
        pad_token_id=1,
    )
    assert describe("x", folder).context_length == 512


@pytest.mark.parametrize(
    ("padding", "length"),
    [(1, 512), (0, 513), (None, 512), ("1", 512), ([1], 512), (True, 512), (-1, 512), (900, 1)],
)
def test_a_padding_id_may_be_anything(folder: Path, padding: object, length: int) -> None:
    changes = {"max_position_embeddings": 514, "pad_token_id": padding}
    edit_json(folder / "config.json", model_type="xlm-roberta", **changes)
    assert describe("x", folder).context_length == length


@pytest.mark.parametrize(
    ("architectures", "ranks"),
    [(["BertForSequenceClassification"], True), (["BertModel"], False), (None, False), (7, False)],
)
def test_a_cross_encoder_ranks(folder: Path, architectures: object, ranks: bool) -> None:
    edit_json(folder / "config.json", model_type="bert", architectures=architectures)
    assert describe("x", folder).ranks is ranks


def test_the_steps_behind_an_embedding_model_count_too(folder: Path) -> None:
    (folder / "2_Dense").mkdir()
    shutil.copy(folder / "model.safetensors", folder / "2_Dense")
    assert describe("x", folder).size_bytes == 1_230_592
    steps = [{"type": f"a.{name}", "path": f"2_{name}"} for name in ("Pooling", "Dense")]
    (folder / "modules.json").write_text(json.dumps(steps))
    assert describe("x", folder).size_bytes == 2 * 1_230_592
    (folder / "modules.json").write_text("[1]")
    assert describe("x", folder).size_bytes == 1_230_592


@pytest.mark.parametrize("length", [None, 0, -1, True, "2048"])
def test_a_context_that_is_no_length_is_unknown(folder: Path, length: object) -> None:
    edit_json(folder / "config.json", max_position_embeddings=length)
    assert describe("x", folder).context_length is None


def test_a_checkpoint_without_weights_is_described_with_no_bytes(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert describe("x", folder).size_bytes == 0


@pytest.mark.parametrize("defect", ["no_config", "broken_config", "lfs_pointer", "empty_weights"])
def test_what_cannot_be_read_cannot_be_described(tmp_path: Path, good: Path, defect: str) -> None:
    with pytest.raises(CheckpointInvalid):
        describe("x", broken(good, tmp_path / "bad", defect))
