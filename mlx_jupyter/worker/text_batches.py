"""Which batch a text model is served with: what was asked for with its load decides."""

from __future__ import annotations

from pathlib import Path

from mlx_jupyter.messages import Load
from mlx_jupyter.worker.batch import Batch
from mlx_jupyter.worker.draft import load_draft
from mlx_jupyter.worker.drafted import Drafted, Lending
from mlx_jupyter.worker.loading import TextModel, loaders_words
from mlx_jupyter.worker.one_by_one import OneByOne
from mlx_jupyter.worker.prompt_cache import PromptCache
from mlx_jupyter.worker.quantized_keys import key_quantizer
from mlx_jupyter.worker.text_batch import TextBatch

__all__ = ["make_batch"]


def make_batch(command: Load, text: TextModel, cache: PromptCache, reach: float) -> Batch:
    """Raises `LoadFailed` where keys cannot be quantised, and what `load_draft` does."""
    batch = _undrafted(command, text, cache, reach)
    if command.draft is None:
        return batch
    draft = load_draft(Path(command.draft), text, float32=command.float32)
    return Drafted(batch, text.model, draft, text.language.end_tokens)


def _undrafted(command: Load, text: TextModel, cache: PromptCache, reach: float) -> Lending:
    ends = text.language.end_tokens
    if command.kv_bits is not None:
        with loaders_words(Path(command.path)):
            quantizer = key_quantizer(text.model, command.kv_bits)
        if quantizer is not None:
            return OneByOne(text.model, ends, command.max_batch, quantizer, cache)
    return TextBatch(text.model, ends, command.max_batch, cache, reach)
