"""The defect matrix: every way a checkpoint is known to be bad, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlx_jupyter.catalog import Checkpoint, preflight
from mlx_jupyter.catalog.engine import ENGINES, Engine
from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import CheckpointInvalid, CodeRefused, LoadFailed
from tests.catalog.hub import add_snapshot
from tests.defects import broken, edit_json
from tests.models import FAMILIES, TRAINED, build

Make = Callable[..., Checkpoint]

FOUND = {
    "no_config": "has no config.json",
    "broken_config": "config.json is not valid JSON: .*line 1 column 16",
    "config_is_a_list": "config.json holds a JSON list",
    "no_model_type": "config.json names no model_type",
    "unknown_model_type": r"model_type 'frobnicate9' .*mlx-lm \d.* has no such architecture",
    "no_weights": r"has no weights \(model\*.safetensors\)",
    "missing_shard": r"incomplete: 1 of 2 .*missing \(model-00002-of-00002.safetensors\)",
    "dangling_weights": "incomplete: model.safetensors links to a file that is not there",
    "truncated_weights": r"model.safetensors is truncated: it has 200,000 of 1,233,623 bytes",
    "truncated_header": "model.safetensors is truncated: its header alone",
    "garbage_weights": "model.safetensors is not a safetensors file",
    "malformed_header": "model.safetensors is not a safetensors file: its header is malformed",
    "empty_weights": "model.safetensors has 0 bytes: the download did not end",
    "lfs_pointer": "model.safetensors is a Git LFS pointer .*git lfs pull",
    "no_tokenizer": "has no tokenizer",
    "broken_tokenizer_config": "tokenizer_config.json is not valid JSON",
    "broken_chat_template": "chat template in .*tokenizer_config.json is not valid Jinja: line 1",
    "model_file": "names Python code to run .config.json: model_file = custom.py",
    "code_for_model": "names Python code to run .config.json: auto_map",
    "code_for_tokenizer": "names Python code to run .tokenizer_config.json: auto_map",
    "code_for_processor": "names Python code to run .processor_config.json: auto_map",
    "code_for_images": "names Python code to run .preprocessor_config.json: auto_map",
}
CODE = [defect for defect in FOUND if defect.startswith(("code", "model_file"))]


@pytest.mark.parametrize("defect", FOUND)
def test_a_defect_is_found_and_named(
    tmp_path: Path, good: Path, checkpoint: Make, defect: str
) -> None:
    folder = broken(good, tmp_path / "model", defect)
    with pytest.raises(CheckpointInvalid, match=FOUND[defect]):
        preflight(checkpoint(folder))


@pytest.mark.parametrize("defect", FOUND)
def test_a_message_says_what_to_do_next(
    tmp_path: Path, good: Path, checkpoint: Make, defect: str
) -> None:
    folder = broken(good, tmp_path / "model", defect)
    with pytest.raises(CheckpointInvalid) as caught:
        preflight(checkpoint(folder))
    advice = ("ownload", "Update", "Correct", "Choose", "git lfs pull")
    assert any(word in caught.value.message for word in advice)


@pytest.mark.parametrize("defect", CODE)
def test_a_checkpoint_that_names_code_is_refused_as_such(
    tmp_path: Path, good: Path, checkpoint: Make, defect: str
) -> None:
    folder = broken(good, tmp_path / "model", defect)
    with pytest.raises(CodeRefused, match="runs no code from checkpoints"):
        preflight(checkpoint(folder))


@pytest.mark.parametrize("defect", CODE)
def test_a_trusted_checkpoint_may_name_code(
    tmp_path: Path, good: Path, checkpoint: Make, defect: str
) -> None:
    preflight(replace(checkpoint(broken(good, tmp_path / "model", defect)), trusted=True))


def test_a_trusted_checkpoint_may_bring_its_own_architecture(
    tmp_path: Path, good: Path, checkpoint: Make
) -> None:
    folder = broken(good, tmp_path / "model", "model_file")
    edit_json(folder / "config.json", model_type="frobnicate9")
    preflight(replace(checkpoint(folder), trusted=True))


@pytest.mark.parametrize("family", TRAINED)
def test_a_trained_checkpoint_passes(checkpoint: Make, family: str) -> None:
    preflight(checkpoint(TRAINED[family]))


def test_built_checkpoints_of_every_family_pass(tmp_path: Path, checkpoint: Make) -> None:
    for folder in build(tmp_path, *FAMILIES).values():
        preflight(checkpoint(folder))


@pytest.mark.parametrize(
    ("model_id", "kind"),
    [("demo/chat", "text"), ("demo/vision", "vision"), ("demo/embed", "embedding")],
)
def test_a_demo_model_passes(checkpoint: Make, model_id: str, kind: str) -> None:
    preflight(checkpoint(MODELS[model_id], kind))


def test_a_download_that_did_not_reach_the_weights_is_incomplete(
    tmp_path: Path, good: Path, checkpoint: Make
) -> None:
    folder = add_snapshot(tmp_path, "acme/partial", good, missing=["model.safetensors"])
    with pytest.raises(CheckpointInvalid, match="incomplete: it has no weights"):
        preflight(checkpoint(folder))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_download_whose_blob_is_missing_is_incomplete(
    tmp_path: Path, good: Path, checkpoint: Make, name: str
) -> None:
    folder = add_snapshot(tmp_path, "acme/dangling", good, dangling=[name])
    with pytest.raises(CheckpointInvalid, match=f"incomplete: {name} links to a file"):
        preflight(checkpoint(folder))


def test_a_download_that_did_not_reach_the_config_is_incomplete(
    tmp_path: Path, good: Path, checkpoint: Make
) -> None:
    folder = add_snapshot(tmp_path, "acme/partial", good, missing=["config.json"])
    with pytest.raises(CheckpointInvalid, match=r"incomplete: it has no config\.json"):
        preflight(checkpoint(folder))


def test_a_complete_snapshot_passes(tmp_path: Path, good: Path, checkpoint: Make) -> None:
    preflight(checkpoint(add_snapshot(tmp_path, "acme/model", good)))


def test_a_tokenizer_that_is_not_json_is_left_to_the_worker(
    tmp_path: Path, good: Path, checkpoint: Make
) -> None:
    preflight(checkpoint(broken(good, tmp_path / "model", "broken_tokenizer")))


def test_a_model_without_a_chat_template_passes(
    tmp_path: Path, good: Path, checkpoint: Make
) -> None:
    preflight(checkpoint(broken(good, tmp_path / "model", "no_chat_template")))


def test_a_missing_library_is_said_with_what_to_install(
    good: Path, checkpoint: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine("frobnicate_vlm", "frobnicate-vlm", "pip install frobnicate-vlm")
    monkeypatch.setitem(ENGINES, "vision", engine)
    with pytest.raises(LoadFailed, match=r"not installed. Run: pip install frobnicate-vlm"):
        preflight(checkpoint(good, "vision"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_said(tmp_path: Path, good: Path, checkpoint: Make) -> None:
    folder = broken(good, tmp_path / "model", "no_chat_template")
    (folder / "config.json").chmod(0)
    with pytest.raises(CheckpointInvalid, match="Permission denied"):
        preflight(checkpoint(folder))
