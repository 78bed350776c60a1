"""Which models answer requests that name none."""

from __future__ import annotations

from collections.abc import Collection

from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.wire.health import Health

__all__ = ["model_steps"]

_TRAITS = {
    "text": "default_chat_model",
    "vision": "default_vision_model",
    "embedding": "default_embedding_model",
}
_EXAMPLES = {
    "text": "mlx-community/Qwen3-4B-4bit",
    "vision": "mlx-community/Qwen2.5-VL-3B-Instruct-4bit",
    "embedding": "mlx-community/all-MiniLM-L6-v2-4bit",
}


def model_steps(health: Health, here: Collection[str], chosen: Collection[str] = ()) -> list[Step]:
    """`here` are the ids and other names that the server knows a model by; `chosen` those that
    this notebook uses instead (%mlx use)."""
    steps = [_default(kind, name, health, here) for kind, name in health.defaults.items()]
    if chosen:
        said = f"This notebook uses {', '.join(chosen)}."
        steps.append(Step("%mlx use", Mark.OK, said))
    toys = [kind for kind, name in health.defaults.items() if _is_toy(name)]
    if toys and not chosen:
        steps.append(_toy(toys[0]))
    return steps


def _default(kind: str, name: str, health: Health, here: Collection[str]) -> Step:
    part = _TRAITS.get(kind, kind)
    if name in here:
        return Step(part, Mark.OK, f"{name}{', a toy' if _is_toy(name) else ''}.")
    if "/" in name and health.allow_downloads and not health.offline:
        return Step(part, Mark.OK, f"{name}, which is fetched at its first use.")
    todo = f"--MLXJupyter.{part}=MODEL names another; %mlx models lists what is there."
    return Step(part, Mark.WRONG, f"{name} is not there.", todo)


def _is_toy(name: str) -> bool:
    return name.startswith("demo/")


def _toy(kind: str) -> Step:
    name, trait = _EXAMPLES.get(kind, "MODEL"), _TRAITS.get(kind, kind)
    said = "What answers by default is a toy, which proves the machinery and knows nothing."
    todo = (
        f"Name a real model: %mlx use {name} for this notebook, or for everyone"
        f" `jupyter lab --MLXJupyter.{trait}={name}`."
    )
    return Step("models", Mark.NOTE, said, todo)
