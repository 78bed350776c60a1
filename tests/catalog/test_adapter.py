"""LoRA adapters, with real ones."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.catalog.adapter import adapter_bytes, divided
from mlx_jupyter.errors import CheckpointInvalid, ModelNotAllowed, ModelNotFound
from tests.catalog.hub import add_snapshot
from tests.models import build

MAKE = """
import json, sys
from pathlib import Path
import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm import load
from mlx_lm.tuner.utils import linear_to_lora_layers
base, folder = sys.argv[1], Path(sys.argv[2])
config = {"fine_tune_type": "lora", "num_layers": 2,
          "lora_parameters": {"rank": 4, "scale": 20.0, "dropout": 0.0}}
model, _ = load(base)
model.freeze()
linear_to_lora_layers(model, config["num_layers"], config["lora_parameters"])
weights = {name: mx.random.normal(value.shape) for name, value in
           tree_flatten(model.trainable_parameters())}
mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
(folder / "adapter_config.json").write_text(json.dumps(config))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`llama`, and `tuned`, an adapter for it."""
    folder = tmp_path_factory.mktemp("adapters")
    base = build(folder, "llama")["llama"]
    (folder / "tuned").mkdir()
    subprocess.run([sys.executable, "-c", MAKE, str(base), str(folder / "tuned")], check=True)
    return folder


def catalog(models: Path, **options: object) -> Catalog:
    return Catalog([models], {}, hub_cache=models / "hub", **options)  # type: ignore[arg-type]


def test_an_id_is_divided_at_its_plus() -> None:
    assert divided("org/name@v1+org/tuned") == ("org/name@v1", "org/tuned")
    assert divided("org/name") is None
    assert divided("org/name+") is None


def test_a_model_with_an_adapter_is_the_base_and_more(models: Path) -> None:
    base, both = (catalog(models).find(name) for name in ("llama", "llama+tuned"))
    assert both.id == "llama+tuned"
    assert both.path == base.path
    assert both.adapter == models / "tuned"
    assert both.size_bytes == base.size_bytes + adapter_bytes(models / "tuned")
    assert both.size_bytes > base.size_bytes


def test_an_adapter_is_not_a_model_of_its_own(models: Path) -> None:
    assert "tuned" not in [one.id for one in catalog(models).discover()]
    with pytest.raises(ModelNotFound):
        catalog(models).find("tuned")


def test_a_missing_half_is_named(models: Path) -> None:
    with pytest.raises(ModelNotFound, match="no adapter 'nothing'"):
        catalog(models).find("llama+nothing")
    with pytest.raises(ModelNotFound, match="no model 'lama'"):
        catalog(models).find("lama+tuned")


def test_what_is_no_adapter_is_refused(models: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointInvalid, match=r"no adapters\.safetensors"):
        catalog(models).find("llama+llama")
    broken = tmp_path / "broken"
    shutil.copytree(models / "tuned", broken)
    (broken / "adapter_config.json").write_text(json.dumps({"fine_tune_type": "lora"}))
    with pytest.raises(CheckpointInvalid, match="names no num_layers"):
        adapter_bytes(broken)


def test_the_whole_id_must_be_allowed(models: Path) -> None:
    with pytest.raises(ModelNotAllowed):
        catalog(models, allowed_models=["llama"]).find("llama+tuned")
    assert catalog(models, allowed_models=["llama*"]).find("llama+tuned").adapter


def test_halves_may_be_aliases_and_stand_for_one_id(models: Path) -> None:
    known = Catalog([models], {"mine": "llama", "style": "tuned"}, hub_cache=models / "hub")
    assert known.canonical("mine+style") == "llama+tuned"
    assert known.find("mine+style").id == "llama+tuned"


def test_an_alias_may_stand_for_both(models: Path) -> None:
    known = Catalog([models], {"mine": "llama+tuned"}, hub_cache=models / "hub")
    assert known.find("mine").adapter == models / "tuned"


def test_an_alias_may_have_the_name_of_its_base(models: Path) -> None:
    known = Catalog([models], {"llama": "llama+tuned"}, hub_cache=models / "hub")
    assert known.canonical("llama") == known.canonical("llama+tuned") == "llama+tuned"
    assert known.find("llama").adapter == models / "tuned"


def test_halves_may_be_paths_where_paths_are_ids(models: Path, tmp_path: Path) -> None:
    both = f"{models / 'llama'}+{models / 'tuned'}"
    configured = Catalog([], {}, configured=[both], hub_cache=tmp_path)
    assert configured.find(both).adapter == models / "tuned"
    known = Catalog([], {}, hub_cache=tmp_path)
    with pytest.raises(ModelNotFound):
        known.find(both)
    known.admit(both)
    assert known.find(both).adapter == models / "tuned"


def test_a_path_is_no_adapter_unless_it_is_configured(models: Path) -> None:
    with pytest.raises(ModelNotFound, match="no adapter"):
        catalog(models).find(f"llama+{models / 'tuned'}")


def test_an_adapter_has_the_commit_of_its_revision(models: Path, tmp_path: Path) -> None:
    folder = add_snapshot(tmp_path, "org/tuned", models / "tuned", "1" * 40, refs=("v2",))
    known = Catalog([models], {}, hub_cache=tmp_path)
    assert known.find("llama+org/tuned@v2").adapter == folder
