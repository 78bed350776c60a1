"""How many numbers a model's weights are, from its config. Pure.

    embedding   vocabulary * hidden, twice where the output has a matrix of its own
    attention   queries, keys, values and the output; with low ranks between for DeepSeek's
    MLP         three matrices hidden * intermediate, two where there is no gate; in a layer of
                experts those of every expert and of the shared ones, and the router
    vision      its tower of attention and MLPs; patches, norms and biases are left out

Norms are counted, biases are not: together they are less than a thousandth. A config that leaves
out `tie_word_embeddings` means true (transformers 5, `PretrainedConfig`; so does mlx-lm).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Parameters", "count_parameters"]

_UNGATED = frozenset(
    {
        *("phi", "phi-msft", "phixtral", "gpt2", "gpt_neox", "gptj", "gpt_bigcode", "starcoder2"),
        *("nemotron", "bert", "roberta", "xlm-roberta", "xlm_roberta", "distilbert", "mpnet"),
    }
)
"""Whose MLP has two matrices."""
_Config = Mapping[str, Any]


class Parameters(NamedTuple):
    """`text` is quantised, if the model is; `vision` is what converters leave as it was."""

    text: int
    vision: int


def count_parameters(config: _Config) -> Parameters | None:
    """`None` for a config that does not say how large the model is."""
    nested = config.get("text_config")
    text = {**config, **nested} if isinstance(nested, Mapping) else config
    hidden = _number(text, "hidden_size", "n_embd", "d_model")
    layers = _number(text, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    vocabulary = _number(text, "vocab_size")
    if not (hidden and layers and vocabulary):
        return None
    tables = 1 if text.get("tie_word_embeddings", True) else 2
    norms = (2 * layers + 1) * hidden
    body = layers * _attention(text, hidden) + _mlps(text, hidden, layers)
    return Parameters(tables * vocabulary * hidden + body + norms, _vision(config))


def _attention(text: _Config, hidden: int) -> int:
    heads = _number(text, "num_attention_heads", "n_head", "n_heads") or 1
    latent = _number(text, "kv_lora_rank")
    if latent:
        return _latent_attention(text, hidden, heads, latent)
    kv_heads = _number(text, "num_key_value_heads") or heads
    head_dim = _number(text, "head_dim") or hidden // heads
    return 2 * hidden * head_dim * (heads + kv_heads)


def _latent_attention(text: _Config, hidden: int, heads: int, latent: int) -> int:
    rope = _number(text, "qk_rope_head_dim")
    plain = _number(text, "qk_nope_head_dim") or hidden // heads
    value = _number(text, "v_head_dim") or hidden // heads
    rank = _number(text, "q_lora_rank")
    queries = heads * (plain + rope)
    into_queries = rank * (hidden + queries) if rank else hidden * queries
    keys_and_values = hidden * (latent + rope) + latent * heads * (plain + value)
    return into_queries + keys_and_values + heads * value * hidden


def _mlps(text: _Config, hidden: int, layers: int) -> int:
    """Of all layers: `first_k_dense_replace` and `mlp_only_layers` have no experts."""
    matrices = 2 if text.get("model_type") in _UNGATED else 3
    width = _number(text, "intermediate_size", "n_inner", "ffn_dim") or 4 * hidden
    experts = _number(text, "num_local_experts", "num_experts", "n_routed_experts")
    if not experts:
        return layers * matrices * hidden * width
    expert_width = _number(text, "moe_intermediate_size") or width
    shared = _number(text, "n_shared_experts") * expert_width
    shared += _number(text, "shared_expert_intermediate_size")
    only = text.get("mlp_only_layers")
    dense = _number(text, "first_k_dense_replace") or (len(only) if isinstance(only, list) else 0)
    every = _number(text, "decoder_sparse_step", "moe_layer_freq") or 1
    sparse = max(0, layers - dense) // every
    of_experts = matrices * hidden * (experts * expert_width + shared) + hidden * experts
    return sparse * of_experts + (layers - sparse) * matrices * hidden * width


def _vision(config: _Config) -> int:
    tower = config.get("vision_config")
    if not isinstance(tower, Mapping):
        return 0
    hidden = _number(tower, "hidden_size", "embed_dim", "width")
    layers = _number(tower, "num_hidden_layers", "depth", "layers")
    width = _number(tower, "intermediate_size") or 4 * hidden
    return layers * hidden * (4 * hidden + 2 * width)


def _number(text: _Config, *names: str) -> int:
    """The first of these that is a positive number, 0 if none is."""
    for name in names:
        found = text.get(name)
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            return found
    return 0
