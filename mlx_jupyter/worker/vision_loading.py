"""Loads one vision checkpoint with mlx-vlm, by path and eagerly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx_vlm.tokenizer_utils
import mlx_vlm.utils
from mlx_lm.tokenizer_utils import (
    BPEStreamingDetokenizer,
    NaiveStreamingDetokenizer,
    SPMStreamingDetokenizer,
    TokenizerWrapper,
)

from mlx_jupyter.catalog.json_file import read_object
from mlx_jupyter.catalog.tokenizer import check_tokenizer
from mlx_jupyter.worker.eye import Eye, eye_of
from mlx_jupyter.worker.float32 import widen
from mlx_jupyter.worker.loading import Language, language_of, loaders_words

__all__ = ["VisionLanguage", "VisionModel", "load_vision", "load_vision_language"]


@dataclass(frozen=True)
class VisionLanguage:
    """What makes the prompts of a vision checkpoint: all of it but the weights."""

    config: Any
    processor: Any
    model_type: str
    language: Language

    @property
    def image_token(self) -> int | None:
        """The id that stands for (a part of) a picture in a prompt."""
        names = ("image_token_id", "image_token_index")
        found = (getattr(self.config, name, None) for name in names)
        return next((token for token in found if isinstance(token, int)), None)


@dataclass(frozen=True)
class VisionModel(VisionLanguage):
    """A vision checkpoint in memory. `eye` is in the place of its tower, or None."""

    model: nn.Module
    eye: Eye | None


def load_vision(
    folder: Path, *, adapter: Path | None = None, trusted: bool = False, float32: bool = False
) -> VisionModel:
    """With the LoRA adapter in the folder `adapter`; `trusted` lets the checkpoint's own code run,
    which is always said: mlx-vlm 0.7.10 would run it where nothing is. With `float32` weights of 16
    bits are widened.

    Raises `CheckpointInvalid` or `LoadFailed`, with the loader's own words in the latter.
    """
    check_tokenizer(folder)
    config = read_object(folder / "config.json")
    with loaders_words(folder):
        model, processor = mlx_vlm.utils.load(
            str(folder),
            adapter_path=str(adapter) if adapter else None,
            trust_remote_code=trusted,
        )
        mx.eval(model.parameters())  # the adapter's are lazy
        if float32:
            widen(model)
        model_type = str(model.config.model_type)
        language = language_of(folder, _tokenizer(processor), config, "vision")
    eye = eye_of(model, model_type)
    return VisionModel(model.config, processor, model_type, language, model, eye)


def load_vision_language(folder: Path, *, trusted: bool = False) -> VisionLanguage:
    """As `load_vision`, without the weights: what `mlx_vlm.utils.load` does but for the model."""
    check_tokenizer(folder)
    with loaders_words(folder):
        given = mlx_vlm.utils.load_config(folder)
        architecture, _ = mlx_vlm.utils.get_model_and_args(given, folder)
        given.setdefault("text_config", given.pop("llm_config", {}))
        config = architecture.ModelConfig.from_dict(
            {"vision_config": {}, "audio_config": {}, **given}
        )
        processor = mlx_vlm.utils.load_processor(
            folder,
            eos_token_ids=getattr(config, "eos_token_id", None),
            trust_remote_code=trusted,
        )
        named = read_object(folder / "config.json")
        language = language_of(folder, _tokenizer(processor), named, "vision")
    return VisionLanguage(config, processor, str(config.model_type), language)


class _WholeCharacters:
    """Leaves out what a cut answer has of its last character, as mlx-vlm does; mlx-lm writes U+FFFD
    for every byte of it."""

    text: str

    def finalize(self) -> None:
        certain = len(self.text)
        super().finalize()  # type: ignore[misc]
        self.text = self.text[:certain] + self.text[certain:].rstrip("\ufffd")


class _Spm(_WholeCharacters, SPMStreamingDetokenizer):
    pass


class _Bpe(_WholeCharacters, BPEStreamingDetokenizer):
    """`trim_space` is of the blank before the first word."""

    def __init__(self, tokenizer: Any, trim_space: bool) -> None:
        super().__init__(tokenizer)
        self._trim_space = trim_space

    def _maybe_trim_space(self, current_text: str) -> str:
        trimmed: str = super()._maybe_trim_space(current_text)
        return trimmed if self._trim_space else current_text


def _tokenizer(processor: Any) -> TokenizerWrapper:
    """The processor's tokenizer with mlx-lm's detokenizer: mlx-vlm's of the same name holds text
    back until the next blank, so Chinese and Japanese come at the end only (0.7.10)."""
    tokenizer = getattr(processor, "tokenizer", processor)
    theirs: Any = getattr(processor, "detokenizer", None)
    if isinstance(theirs, mlx_vlm.tokenizer_utils.SPMStreamingDetokenizer):
        return TokenizerWrapper(tokenizer, partial(_Spm, trim_space=theirs.trim_space))
    if isinstance(theirs, mlx_vlm.tokenizer_utils.BPEStreamingDetokenizer):
        return TokenizerWrapper(tokenizer, partial(_Bpe, trim_space=theirs.trim_space))
    return TokenizerWrapper(tokenizer, NaiveStreamingDetokenizer)
