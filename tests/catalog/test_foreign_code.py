from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog.foreign_code import CONFIG_FILES, refuse_code
from mlx_jupyter.errors import CodeRefused
from tests.defects import edit_json


@pytest.mark.parametrize("file", CONFIG_FILES)
@pytest.mark.parametrize("key", ["model_file", "auto_map"])
def test_code_named_in_any_config_file_is_refused(tmp_path: Path, file: str, key: str) -> None:
    edit_json(tmp_path / file, **{key: "custom.py"})
    with pytest.raises(CodeRefused, match=f"{file}: {key} = custom.py"):
        refuse_code("acme/model", tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"text_config": {"auto_map": {"AutoModel": "custom.Model"}}},
        {"parts": [{"model_file": "custom.py"}]},
    ],
)
def test_code_named_deeper_is_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    edit_json(tmp_path / "config.json", **config)
    with pytest.raises(CodeRefused):
        refuse_code("acme/model", tmp_path)


def test_an_empty_map_names_no_code(tmp_path: Path) -> None:
    edit_json(tmp_path / "config.json", auto_map={}, model_file="")
    refuse_code("acme/model", tmp_path)


def test_python_files_that_no_config_names_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / "modeling_custom.py").touch()
    refuse_code("acme/model", tmp_path)


def test_the_message_names_the_model_and_the_way_out(tmp_path: Path) -> None:
    edit_json(tmp_path / "config.json", model_file="custom.py")
    with pytest.raises(CodeRefused, match=r"'acme/model' .*runs no code"):
        refuse_code("acme/model", tmp_path)
