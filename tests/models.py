"""Tiny real checkpoints for tests: built on the spot, and trained.

`build` writes random-weight checkpoints of a family's true architecture, special tokens and chat
format. Writing weights needs MLX, so a process of its own does it.
`TRAINED` are checkpoints that answer and stop by themselves; `defects.broken` makes damaged ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from tests.standing import Standing, serve

TRAINED = {
    family: Path(__file__).parent / "checkpoints" / family
    for family in ("llama", "mistral", "gemma3_text")
}

ENVIRONMENT = {"MLX_DISABLE_COMPILE": "1", "HF_HUB_OFFLINE": "1"}
WRITER = Standing("tests.models", lambda: {**os.environ, **ENVIRONMENT})

CORPUS = (
    "The quick brown fox jumps over the lazy dog. 0 1 2 3 4 5 6 7 8 9 10 11 12",
    "Jupyter Server hosts a pool of MLX models with least recently used eviction and pinning.",
    "What is the capital of France? Paris is the capital of France. Hello world! How are you?",
    "def add(a, b): return a + b",
    "import mlx.core as mx; x = mx.array([1, 2, 3]); print(x.sum())",
    '{"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}',
    "Ein schöner Tag, un café, naïve façade, 日本語 テスト, emoji 😀 are bytes too.",
    "red blue green yellow circle square triangle image picture shape colour color",
    "user assistant system tool model message role content",
)


@dataclass(frozen=True)
class Options:
    """What a built checkpoint is like; `vocab` is a wish, a small corpus gives fewer tokens."""

    hidden: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    vocab: int = 640
    context: int = 2048
    dtype: str = "float32"
    seed: int = 0
    corpus: tuple[str, ...] = CORPUS


@dataclass(frozen=True)
class Recipe:
    """A checkpoint without its weights. `ends` are the ids of generation_config.json's EOS."""

    tokenizer: Tokenizer
    config: dict[str, Any]
    tokenizer_config: dict[str, Any]
    ends: int | list[int]


# --- tokenizers ---------------------------------------------------------------------------------

_DIGITS = {"llama": r"\p{N}{1,3}", "qwen": r"\p{N}"}
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _byte_level(options: Options, digits: str, special: list[str], plain: list[str]) -> Tokenizer:
    """BPE over bytes, with the added tokens after the vocabulary, as Llama 3 and Qwen have it."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=False))
    words = Regex(_WORDS.replace("DIGITS", _DIGITS[digits]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=options.vocab - len(special) - len(plain),
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(options.corpus, trainer)
    tokenizer.add_special_tokens([AddedToken(each, special=True) for each in special])
    tokenizer.add_tokens([AddedToken(each, special=False, normalized=False) for each in plain])
    return tokenizer


def _sentence_piece(options: Options, special: list[str], metaspace: bool) -> Tokenizer:
    """BPE with byte fallback and `▁` for blanks, as converted from SentencePiece.

    With `metaspace` a blank is put before the text (Llama 2, Mistral), without it is not (Gemma).
    """
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
        steps.append(decoders.Strip(" ", 1, 0))
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    tokenizer.decoder = decoders.Sequence(steps)
    trainer = trainers.BpeTrainer(
        vocab_size=max(options.vocab, 700),
        show_progress=False,
        special_tokens=special + bytes_,
        limit_alphabet=200,
    )
    tokenizer.train_from_iterator(options.corpus, trainer)
    return _as_used(tokenizer, special, metaspace)


def _as_used(tokenizer: Tokenizer, special: list[str], metaspace: bool) -> Tokenizer:
    """Training needs the byte tokens to be special and the text to be cut; using does not."""
    written = json.loads(tokenizer.to_str())
    written["added_tokens"] = [t for t in written["added_tokens"] if t["content"] in special]
    if metaspace:
        written["pre_tokenizer"]["split"] = False
    else:
        split = {"type": "Split", "pattern": {"String": " "}, "invert": False}
        written["pre_tokenizer"] = {**split, "behavior": "MergedWithPrevious"}
    return Tokenizer.from_str(json.dumps(written))


def _id(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    assert number is not None, token
    return number


def _begin_with(tokenizer: Tokenizer, token: str) -> None:
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{token} $A",
        pair=f"{token} $A $B",
        special_tokens=[(token, _id(tokenizer, token))],
    )


# --- chat templates, in the format of each family -------------------------------------------------

LLAMA_TEMPLATE = """\
{{- bos_token }}
{%- for message in messages %}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' }}
{{- message.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}"""

MISTRAL_TEMPLATE = """\
{{- bos_token }}
{%- for message in messages %}
{%- if message.role == 'assistant' %}{{- ' ' + message.content + eos_token }}
{%- elif message.role == 'system' %}{{- '[INST] ' + message.content + '\n\n' }}
{%- else %}{{- '[INST] ' + message.content + ' [/INST]' }}
{%- endif %}
{%- endfor %}"""

GEMMA_TEMPLATE = """\
{{- bos_token }}
{%- for message in messages %}
{%- set role = 'model' if message.role == 'assistant' else message.role %}
{{- '<start_of_turn>' + role + '\n' + message.content | trim + '<end_of_turn>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<start_of_turn>model\n' }}{% endif %}"""

QWEN_TEMPLATE = """\
{%- if tools %}
{{- '<|im_start|>system\n# Tools\n<tools>' }}
{%- for tool in tools %}{{- '\n' + tool | tojson }}{% endfor %}
{{- '\n</tools>\nReturn a JSON object within <tool_call></tool_call> tags.<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\n<tool_response>\n' + message.content + '\n</tool_response><|im_end|>\n' }}
{%- else %}
{{- '<|im_start|>' + message.role + '\n' + (message.content or '') }}
{%- for entry in message.tool_calls or [] %}
{%- set tool_call = entry.function %}
{{- '\n<tool_call>\n{"name": "' + tool_call.name + '", "arguments": ' }}
{{- tool_call.arguments | tojson + '}' }}
{{- '\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}"""
QWEN2_TEMPLATE = QWEN_TEMPLATE + "{% endif %}"
QWEN3_TEMPLATE = QWEN_TEMPLATE + (
    "{%- if enable_thinking is defined and not enable_thinking %}"
    "{{- '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}"
)

# --- families -------------------------------------------------------------------------------------


def _config(options: Options, model_type: str, architecture: str, **more: Any) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "architectures": [architecture],
        "hidden_size": options.hidden,
        "num_hidden_layers": options.layers,
        "intermediate_size": 2 * options.hidden,
        "num_attention_heads": options.heads,
        "num_key_value_heads": options.kv_heads,
        "head_dim": options.hidden // options.heads,
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": options.context,
        "tie_word_embeddings": True,
        "torch_dtype": options.dtype,
        **more,
    }


def _llama(options: Options) -> Recipe:
    begin, text_end, pad = "<|begin_of_text|>", "<|end_of_text|>", "<|finetune_right_pad_id|>"
    header = ["<|start_header_id|>", "<|end_header_id|>"]
    special = [begin, text_end, pad, *header, "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]
    tokenizer = _byte_level(options, "llama", special, [])
    _begin_with(tokenizer, begin)
    ends = [_id(tokenizer, token) for token in (text_end, "<|eom_id|>", "<|eot_id|>")]
    ids = {"bos_token_id": _id(tokenizer, begin), "eos_token_id": ends}
    config = _config(options, "llama", "LlamaForCausalLM", rope_theta=500000.0, **ids)
    tokens = {"bos_token": begin, "eos_token": "<|eot_id|>", "pad_token": pad}
    names = {"tokenizer_class": "TokenizersBackend", "chat_template": LLAMA_TEMPLATE}
    return Recipe(tokenizer, config, {**names, **tokens}, ends)


def _qwen(options: Options, version: int) -> Recipe:
    images = [f"<|{name}|>" for name in ("vision_start", "vision_end", "image_pad", "video_pad")]
    plain = ["<tool_call>", "</tool_call>"]
    if version == 3:
        plain += ["<tool_response>", "</tool_response>", "<think>", "</think>"]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *images]
    tokenizer = _byte_level(options, "qwen", special, plain)
    text_end, turn_end = (_id(tokenizer, token) for token in ("<|endoftext|>", "<|im_end|>"))
    ids = {"bos_token_id": text_end, "eos_token_id": turn_end}
    architecture = f"Qwen{version}ForCausalLM"
    config = _config(options, f"qwen{version}", architecture, rope_theta=1e6, **ids)
    tokens = {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    template = QWEN3_TEMPLATE if version == 3 else QWEN2_TEMPLATE
    names = {"tokenizer_class": "Qwen2Tokenizer", "unk_token": None, "chat_template": template}
    return Recipe(tokenizer, config, {**names, **tokens}, [turn_end, text_end])


def _mistral(options: Options) -> Recipe:
    tools = ["[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"]
    special = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", *tools]
    tokenizer = _sentence_piece(options, special, metaspace=True)
    _begin_with(tokenizer, "<s>")
    more = {"rope_theta": 1e6, "sliding_window": None, "bos_token_id": 1, "eos_token_id": 2}
    config = _config(options, "mistral", "MistralForCausalLM", **more)
    config["tie_word_embeddings"] = False
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": None}
    names = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": False}
    return Recipe(tokenizer, config, {**names, **tokens, "chat_template": MISTRAL_TEMPLATE}, 2)


def _gemma(options: Options, model_type: str, architecture: str, **more: Any) -> Recipe:
    turns = ["<start_of_turn>", "<end_of_turn>"]
    tokenizer = _sentence_piece(
        options, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *turns], metaspace=False
    )
    _begin_with(tokenizer, "<bos>")
    ends = [1, _id(tokenizer, "<end_of_turn>")]
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": ends}
    scalar = {"query_pre_attn_scalar": options.hidden // options.heads}
    activation = {"hidden_activation": "gelu_pytorch_tanh"}
    config = _config(options, model_type, architecture, **ids, **scalar, **activation, **more)
    tokens = {f"{name}_token": f"<{name}>" for name in ("bos", "eos", "unk", "pad", "mask")}
    names = {"tokenizer_class": "GemmaTokenizer", "chat_template": GEMMA_TEMPLATE}
    return Recipe(tokenizer, config, {**names, **tokens, "add_bos_token": True}, ends)


def _gemma2(options: Options) -> Recipe:
    caps = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
    window = {"rope_theta": 1e4, "sliding_window": 512}
    return _gemma(options, "gemma2", "Gemma2ForCausalLM", **caps, **window)


def _gemma3_text(options: Options) -> Recipe:
    window = {"sliding_window": 128, "sliding_window_pattern": 2}
    ropes = {"rope_theta": 1e6, "rope_local_base_freq": 1e4}
    return _gemma(options, "gemma3_text", "Gemma3ForCausalLM", **window, **ropes)


def _window(options: Options) -> Recipe:
    """A Mistral whose every second layer sees 64 tokens."""
    recipe = _mistral(options)
    layers = ["sliding_attention", "full_attention"]
    window = {"sliding_window": 64, "layer_types": layers * (options.layers // 2)}
    return replace(recipe, config={**recipe.config, **window})


def _lfm2(options: Options) -> Recipe:
    """A hybrid: the first layer has a state, the second keys and values."""
    recipe = _qwen(options, 2)
    shape = {
        "norm_eps": 1e-6,
        "conv_bias": False,
        "conv_L_cache": 3,
        "block_dim": options.hidden,
        "block_ff_dim": 2 * options.hidden,
        "block_multiple_of": 32,
        "block_ffn_dim_multiplier": 1.0,
        "block_auto_adjust_ff_dim": False,
        "full_attn_idxs": list(range(1, options.layers, 2)),
        "eos_token_id": recipe.ends,
    }
    config = _config(options, "lfm2", "Lfm2ForCausalLM", **shape)
    return replace(recipe, config={**recipe.config, **config})


def _mamba2(options: Options) -> Recipe:
    """Nothing but states."""
    recipe = _qwen(options, 2)
    shape = {
        "expand": 2,
        "num_heads": 2 * options.heads,
        "state_size": 16,
        "layer_norm_epsilon": 1e-6,
        "conv_kernel": 4,
        "n_groups": 1,
        "use_bias": False,
        "use_conv_bias": True,
        "time_step_limit": [0.0, 1e6],
        "time_step_rank": 4,
    }
    config = _config(options, "mamba2", "Mamba2ForCausalLM", **shape)
    return replace(recipe, config={**recipe.config, **config})


FAMILIES: dict[str, Callable[[Options], Recipe]] = {
    "llama": _llama,
    "qwen2": lambda options: _qwen(options, 2),
    "qwen3": lambda options: _qwen(options, 3),
    "mistral": _mistral,
    "gemma2": _gemma2,
    "gemma3_text": _gemma3_text,
    "window": _window,
    "lfm2": _lfm2,
    "mamba2": _mamba2,
}

# --- building -------------------------------------------------------------------------------------


def build(folder: Path, *families: str, **options: Any) -> dict[str, Path]:
    """Writes `folder/FAMILY` for each family, all of them if none is named; `options` are those of
    `Options`. Returns the folders by family. Raises what the writing process said if it failed."""
    wanted = families or tuple(FAMILIES)
    WRITER.ask(str(folder), wanted, options)
    return {family: folder / family for family in wanted}


def _write(folder: Path, recipe: Recipe, options: Options) -> None:
    folder.mkdir(parents=True)
    recipe.config["vocab_size"] = recipe.tokenizer.get_vocab_size()
    recipe.tokenizer.save(str(folder / "tokenizer.json"))
    lengths = {"model_max_length": options.context, "clean_up_tokenization_spaces": False}
    _write_json(folder / "tokenizer_config.json", {**recipe.tokenizer_config, **lengths})
    _write_json(folder / "config.json", recipe.config)
    ids = {"bos_token_id": recipe.config["bos_token_id"], "eos_token_id": recipe.ends}
    _write_json(folder / "generation_config.json", {**ids, "do_sample": False})
    _write_weights(folder / "model.safetensors", recipe.config, options)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def _write_weights(path: Path, config: dict[str, Any], options: Options) -> None:
    """Random weights of the library's own class for this config."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.utils import _get_classes

    mx.random.seed(options.seed)
    model_class, arguments = _get_classes(dict(config))
    model = model_class(arguments.from_dict(dict(config)))
    weights = dict(tree_flatten(model.parameters()))
    dtype = getattr(mx, options.dtype)
    cast = {
        name: value.astype(dtype) if mx.issubdtype(value.dtype, mx.floating) else value
        for name, value in weights.items()
    }
    mx.save_safetensors(str(path), cast, metadata={"format": "mlx"})


def _build(folder: str, families: list[str], options: dict[str, Any]) -> None:
    chosen = Options(**options)
    for family in families:
        _write(Path(folder) / family, FAMILIES[family](chosen), chosen)


if __name__ == "__main__":
    serve(_build)
