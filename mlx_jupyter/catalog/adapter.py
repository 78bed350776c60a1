"""LoRA adapters, as mlx-lm writes them: a folder with `adapter_config.json` and
`adapters.safetensors`.

An id `BASE+ADAPTER` names both; ADAPTER is an id like any other, found in the same places.
"""

from __future__ import annotations

from pathlib import Path

from mlx_jupyter.catalog.footprint import tensor_bytes
from mlx_jupyter.catalog.json_file import read_object
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["adapter_bytes", "check_adapter", "divided"]

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapters.safetensors"
_FIELDS = ("fine_tune_type", "num_layers", "lora_parameters")


def divided(model_id: str) -> tuple[str, str] | None:
    """Base and adapter; None for an id that names no adapter."""
    base, plus, adapter = model_id.partition("+")
    return (base, adapter) if plus and base and adapter else None


def adapter_bytes(folder: Path) -> int:
    """What its tensors take once loaded, on top of the base's. Raises `CheckpointInvalid`."""
    check_adapter(folder)
    return sum(tensor_bytes([folder / WEIGHTS_FILE]).values())


def check_adapter(folder: Path) -> None:
    """Raises `CheckpointInvalid` for what mlx-lm would not load."""
    if not (folder / WEIGHTS_FILE).is_file():
        others = sorted(file.name for file in folder.glob("*.safetensors"))
        hint = " It looks like one of PEFT: convert it for mlx-lm." if others else ""
        raise CheckpointInvalid(f"{folder} is no adapter: it has no {WEIGHTS_FILE}.{hint}")
    config = read_object(folder / CONFIG_FILE)
    missing = [name for name in _FIELDS if name not in config]
    if missing and config.get("fine_tune_type") != "full":
        raise CheckpointInvalid(
            f"{folder / CONFIG_FILE} names no {missing[0]}: it is not a config as mlx-lm writes it."
        )
