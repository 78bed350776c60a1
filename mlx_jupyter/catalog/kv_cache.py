"""How many bytes of keys and values a text model keeps for a sequence, from its config. Pure.

    a layer that attends to everything   2 * kv_heads * head_dim * element * n
    one with a sliding window w          the same with min(n, w + 512): a chunk of prefill is kept
                                         whole until the next one comes
    latent attention (DeepSeek's MLA)    (kv_lora_rank + qk_rope_head_dim) * element * n; the models
                                         in `_EXPANDED` keep heads * (key + value dims) instead
    a linear or recurrent layer          a fixed state: heads * key_dim * value_dim in f32

Quantised to b bits (`kv_bits`), a number of a layer that attends to everything takes b / 8 bytes,
and each group of 64 a scale and a bias of `element`: b / 8 + element / 32 a number. Windows and
states stay as they are: mlx-lm cannot quantise them.

mlx-lm grows a cache in steps of 256 tokens (0.32.2, `models/cache.py`), so n is rounded up to one;
measured against `sum(cache.nbytes)`: equal (3,276,800 bytes at 104 tokens, 6,553,600 at 300).

What a config does not say is taken at its most: no window, and as many key heads as query heads.
Windows are believed only of the models that mlx-lm gives a rotating cache (`_WINDOWED`), and only
where the config lists its layers (`layer_types`, or Gemma's and Cohere's `sliding_window_pattern`):
for others that name a window (Mistral 7B, Qwen2, Gemma 2) mlx-lm keeps all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["KVShape", "kv_shape", "longest_alike"]

STEP_TOKENS = 256
CHUNK_TOKENS = 512
"""As much as a worker prefills at once."""
ALIKE_TOKENS, ALIKE_RATIO = 512, 2
"""Sequences share a batch if their lengths differ by no more, or the longer is at most so many
times the shorter (`worker.alike`)."""
_STATE_BYTES = 4
_GROUP_NUMBERS = 64
_WINDOWED = frozenset(
    {
        *("afmoe", "cohere2", "exaone4", "exaone_moe", "gemma3", "gemma3_text", "gemma3n"),
        *("gemma3n_text", "gemma4", "gemma4_text", "gemma4_unified", "gpt_oss", "laguna", "llama"),
        *("mellum", "ministral3", "mistral", "mistral3", "muse_glimmer", "olmo3", "spark2_5"),
    }
)
"""Whose classes make a `RotatingKVCache` of `sliding_window` (0.32.2, `models/*.py`)."""
_EXPANDED = frozenset({"deepseek_v2", "minicpm3", "youtu_llm"})
"""Latent attention whose cache holds whole keys and values all the same."""


@dataclass(frozen=True, slots=True)
class KVShape:
    """`windows` are the layers with a sliding window, those of one size together: (bytes a token,
    window in tokens)."""

    bytes_per_token: int = 0
    windows: tuple[tuple[int, int], ...] = ()
    fixed_bytes: int = 0
    element_bytes: int = 4

    def bytes(self, tokens: int) -> int:
        """For one sequence of so many tokens, prompt and answer together."""
        steps = -(-tokens // STEP_TOKENS) * STEP_TOKENS
        windowed = sum(
            per_token * min(steps, window + CHUNK_TOKENS) for per_token, window in self.windows
        )
        return self.bytes_per_token * steps + windowed + self.fixed_bytes

    def in_float32(self) -> KVShape:
        """The same, of a model that computes in numbers of 32 bits."""
        factor = _STATE_BYTES / self.element_bytes
        return replace(
            self,
            bytes_per_token=int(self.bytes_per_token * factor),
            windows=tuple((int(size * factor), window) for size, window in self.windows),
            element_bytes=_STATE_BYTES,
        )

    def quantised(self, bits: int) -> KVShape:
        numbers = self.bytes_per_token // self.element_bytes
        groups = -(-numbers // _GROUP_NUMBERS)
        per_token = numbers * bits // 8 + groups * 2 * self.element_bytes
        return replace(self, bytes_per_token=per_token)

    def beside(self, other: KVShape) -> KVShape:
        """For a sequence that two models read."""
        return replace(
            self,
            bytes_per_token=self.bytes_per_token + other.bytes_per_token,
            windows=self.windows + other.windows,
            fixed_bytes=self.fixed_bytes + other.fixed_bytes,
        )


def longest_alike(tokens: int) -> int:
    """The longest sequence with which one of so many may share a batch, and be padded to it."""
    return max(tokens + ALIKE_TOKENS, ALIKE_RATIO * tokens)


def kv_shape(config: Mapping[str, Any], element_bytes: int) -> KVShape:
    """`config` is the checkpoint's config.json; `element_bytes` the size of what it computes in.
    A config that does not even name its layers has the empty shape."""
    nested = config.get("text_config")
    text = {**config, **nested} if isinstance(nested, Mapping) else config
    layers = _first(text, "num_hidden_layers", "n_layers", "n_layer", "num_layers")
    if layers is None:
        return KVShape()
    kinds = _layer_kinds(text, layers)
    states = kinds.count("fixed") or (layers if _has_state_everywhere(text) else 0)
    per_token = _bytes_per_token(text, element_bytes)
    window, sliding = _first(text, "sliding_window") or 0, kinds.count("sliding")
    return KVShape(
        bytes_per_token=per_token * kinds.count("full"),
        windows=((per_token * sliding, window),) if sliding else (),
        fixed_bytes=_state_bytes(text) * states,
        element_bytes=element_bytes,
    )


def _layer_kinds(text: Mapping[str, Any], layers: int) -> list[str]:
    """`full`, `sliding` or `fixed`, for each layer."""
    named = text.get("layer_types") or text.get("layers_block_type")
    if isinstance(named, list) and len(named) == layers:
        return [_kind(str(name), text) for name in named]
    if pattern := _first(text, "full_attention_interval"):  # Qwen3-Next: the others are linear
        return ["full" if (at + 1) % pattern == 0 else "fixed" for at in range(layers)]
    pattern = _first(text, "sliding_window_pattern", "_sliding_window_pattern")
    if pattern and _slides(text):
        return ["full" if (at + 1) % pattern == 0 else "sliding" for at in range(layers)]
    return ["full"] * layers


def _kind(name: str, text: Mapping[str, Any]) -> str:
    if "sliding" in name and _slides(text):
        return "sliding"
    recurrent = ("linear", "mamba", "conv", "recurrent", "ssm")
    return "fixed" if any(word in name for word in recurrent) else "full"


def _slides(text: Mapping[str, Any]) -> bool:
    return text.get("model_type") in _WINDOWED and bool(text.get("sliding_window"))


def _has_state_everywhere(text: Mapping[str, Any]) -> bool:
    """A hybrid that does not list its layers: each may have keys and values, and a state too."""
    return _first(text, "mamba_d_state", "ssm_state_size", "state_size") is not None


def _bytes_per_token(text: Mapping[str, Any], element_bytes: int) -> int:
    """Of one layer."""
    if _first(text, "kv_lora_rank"):
        return _latent_numbers(text) * element_bytes
    heads = _first(text, "num_attention_heads", "n_head", "n_heads") or 1
    kv_heads = _first(text, "num_key_value_heads", "multi_query_group_num", "num_kv_heads")
    if kv_heads is None:
        kv_heads = 1 if text.get("multi_query") is True else heads
    head_dim = _first(text, "head_dim", "attention_head_dim", "kv_channels")
    if head_dim is None:
        hidden = _first(text, "hidden_size", "n_embd", "d_model", "dim") or 0
        head_dim = -(-hidden // heads)
    return 2 * kv_heads * head_dim * element_bytes


def _latent_numbers(text: Mapping[str, Any]) -> int:
    """Of one token in one layer; DeepSeek 3.2 keeps the keys of its indexer too, twice."""
    rope = _first(text, "qk_rope_head_dim") or 0
    if text.get("model_type") in _EXPANDED:
        heads = _first(text, "num_attention_heads") or 1
        dims = (_first(text, "qk_nope_head_dim"), _first(text, "v_head_dim"))
        hidden = _first(text, "hidden_size") or 0
        return heads * (rope + sum(dim or hidden // heads for dim in dims))
    return (_first(text, "kv_lora_rank") or 0) + rope + 2 * (_first(text, "index_head_dim") or 0)


def _state_bytes(text: Mapping[str, Any]) -> int:
    """Of one linear layer: a matrix a head, and a few columns of convolution that round it up.
    Where the heads are not named, as wide as Mamba makes it."""
    hidden = _first(text, "hidden_size", "d_model") or 0
    heads = _first(text, "linear_num_value_heads", "mamba_n_heads", "mamba_num_heads")
    key_names = ("linear_key_head_dim", "mamba_d_state", "ssm_state_size", "state_size")
    key_dim = _first(text, *key_names) or 128
    value_names = ("linear_value_head_dim", "mamba_d_head", "mamba_head_dim", "head_dim")
    inner = heads * (_first(text, *value_names) or 128) if heads else 2 * hidden
    return (inner * key_dim + 16 * hidden) * _STATE_BYTES


def _first(text: Mapping[str, Any], *names: str) -> int | None:
    """The first of these that is a positive number."""
    for name in names:
        found = text.get(name)
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            return found
    return None
