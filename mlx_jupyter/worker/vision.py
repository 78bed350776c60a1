"""Vision: the engine of a checkpoint that mlx-vlm loads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mlx_jupyter.catalog.families import BATCHED_VISION
from mlx_jupyter.messages import Load
from mlx_jupyter.worker.batch import Batch
from mlx_jupyter.worker.engine import Engine
from mlx_jupyter.worker.generation import GenerationEngine
from mlx_jupyter.worker.lexer import ChatLexer, Lexer
from mlx_jupyter.worker.qwen_batch import QwenBatch
from mlx_jupyter.worker.solo import Solo
from mlx_jupyter.worker.vision_loading import load_vision, load_vision_language
from mlx_jupyter.worker.vision_prompt import read

__all__ = ["make_engine", "make_lexer"]


def make_engine(command: Load, look_for_cancels: Callable[[], None]) -> Engine:
    """Raises what the loader has to say."""
    adapter = Path(command.adapter) if command.adapter else None
    vision = load_vision(
        Path(command.path), adapter=adapter, trusted=command.trusted, float32=command.float32
    )
    batch: Batch
    if vision.model_type in BATCHED_VISION:
        batch = QwenBatch(vision, command.max_batch)
    else:
        batch = Solo(vision, look_for_cancels)
    return GenerationEngine(vision.language, batch, partial(read, vision), eye=vision.eye)


def make_lexer(command: Load) -> Lexer:
    """As `make_engine`, without the weights."""
    vision = load_vision_language(Path(command.path), trusted=command.trusted)
    return ChatLexer(vision.language, partial(read, vision))
