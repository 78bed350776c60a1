"""Does a checkpoint name Python code to run? Then no loader may see it unless its id is trusted.

mlx-vlm 0.7.10 imports the `model_file` of a config.json, and the classes that an `auto_map` of the
tokenizer or processor names, without being asked; mlx-lm asks on the terminal. So the files are
read here, before any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlx_jupyter.catalog.json_file import read_object_if_present
from mlx_jupyter.errors import CodeRefused

__all__ = ["CONFIG_FILES", "refuse_code"]

CONFIG_FILES = (
    "config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "image_processor_config.json",
    "feature_extractor_config.json",
    "generation_config.json",
)
_KEYS = ("model_file", "auto_map")


def refuse_code(model_id: str, folder: Path) -> None:
    """Raises `CodeRefused` if a config file of the checkpoint names code, at any depth."""
    for name in CONFIG_FILES:
        for key, value in _named_code(read_object_if_present(folder / name)):
            raise CodeRefused(
                f"'{model_id}' names Python code to run ({name}: {key} = {_short(value)}), and "
                "mlx_jupyter runs no code from checkpoints. Choose a conversion of the model "
                f"without {key}."
            )


def _named_code(value: object) -> Iterator[tuple[str, object]]:
    """Every non-empty `model_file` and `auto_map` in a JSON value."""
    if isinstance(value, Mapping):
        yield from ((key, value[key]) for key in _KEYS if value.get(key))
        for inner in value.values():
            yield from _named_code(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_code(inner)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "..."
