"""Tiny real checkpoints that embed or rank, as `models` makes those that answer.

`FAMILIES` embed, and have sentence-transformers' files beside their config; `RANKERS` are
cross-encoders with one label. Their weights are wide enough that every text has a direction of its
own. `varied` copies one with small `Change`s.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from safetensors.numpy import load_file, save_file
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from tests.defects import edit_json
from tests.models import (
    ENVIRONMENT,
    Options,
    Recipe,
    _byte_level,
    _gemma3_text,
    _id,
    _qwen,
    _write_json,
)
from tests.standing import Standing, serve

if TYPE_CHECKING:
    import mlx.core as mx

WRITER = Standing("tests.embedding_models", lambda: {**os.environ, **ENVIRONMENT})
NOISE = 0.1
"""Added to what starts as one or zero: biases, and the weights of norms."""


@dataclass(frozen=True)
class EmbeddingOptions(Options):
    """`spread` widens the weights: as they start, texts differ by little more than rounding."""

    context: int = 128
    spread: float = 2.0


@dataclass(frozen=True)
class EmbeddingRecipe:
    """`pooling` is None for a cross-encoder; `dense` are the widths between pooling and norm."""

    tokenizer: Tokenizer
    config: dict[str, Any]
    tokenizer_config: dict[str, Any]
    pooling: str | None = "mean"
    dense: tuple[int, ...] = ()
    prompts: dict[str, str] = field(default_factory=dict)


# --- tokenizers ---------------------------------------------------------------------------------


def _around(tokenizer: Tokenizer, begin: str, end: str, between: str, second: int) -> None:
    """Texts get marks around them; `second` is the type of the second of a pair."""
    pair = f"{begin}:0 $A:0 {between} $B:{second} {end}:{second}"
    tokens = [(token, _id(tokenizer, token)) for token in dict.fromkeys((begin, end))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=pair, special_tokens=tokens
    )


def _word_piece(options: EmbeddingOptions) -> Tokenizer:
    """Untrained, for training is another each time: the corpus's words and letters."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    words = _words(options, normalizer, pre_tokenizers.BertPreTokenizer())
    letters = sorted(set("".join(words)))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = dict.fromkeys([*special, *letters, *(f"##{letter}" for letter in letters), *words])
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    _around(tokenizer, "[CLS]", "[SEP]", "[SEP]:0", second=1)
    return tokenizer


def _unigram(options: EmbeddingOptions) -> Tokenizer:
    """As `_word_piece`; a word costs as much as two letters of it."""
    normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    cut = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    words = _words(options, normalizer, cut)
    letters = sorted(set("".join(words)) - set(words))
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    scores = [*((word, -10.0) for word in words), *((letter, -5.0) for letter in letters)]
    vocabulary = [*((token, 0.0) for token in special), *scores, ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = cut
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens([*special, "<mask>"])
    _around(tokenizer, "<s>", "</s>", "</s>:0 </s>:0", second=0)
    return tokenizer


def _words(
    options: EmbeddingOptions,
    normalizer: normalizers.Normalizer,
    cut: pre_tokenizers.PreTokenizer,
) -> list[str]:
    lines = (normalizer.normalize_str(line) for line in options.corpus)
    return sorted({word for line in lines for word, _ in cut.pre_tokenize_str(line)})


# --- families -------------------------------------------------------------------------------------


def _encoder(
    options: EmbeddingOptions, model_type: str, architecture: str, tokenizer: Tokenizer, **more: Any
) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "architectures": [architecture],
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": options.hidden,
        "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads,
        "intermediate_size": 2 * options.hidden,
        "max_position_embeddings": options.context,
        "hidden_act": "gelu",
        "torch_dtype": options.dtype,
        **more,
    }


def _bert(options: EmbeddingOptions, architecture: str = "BertModel") -> EmbeddingRecipe:
    tokenizer = _word_piece(options)
    more = {"type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0}
    config = _encoder(options, "bert", architecture, tokenizer, **more)
    names = ("pad", "unk", "cls", "sep", "mask")
    tokens = {f"{name}_token": f"[{name.upper()}]" for name in names}
    own = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    return EmbeddingRecipe(tokenizer, config, {**own, **tokens})


def _xlm_roberta(
    options: EmbeddingOptions, architecture: str = "XLMRobertaModel"
) -> EmbeddingRecipe:
    """Its positions begin after that of the padding, so there are two more than tokens."""
    tokenizer = _unigram(options)
    ids = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    more = {"type_vocab_size": 1, "layer_norm_eps": 1e-5, **ids}
    config = _encoder(options, "xlm-roberta", architecture, tokenizer, **more)
    config["max_position_embeddings"] = options.context + 2
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    more_tokens = {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    own = {"tokenizer_class": "XLMRobertaTokenizer"}
    return EmbeddingRecipe(tokenizer, config, {**own, **tokens, **more_tokens})


def _modernbert(
    options: EmbeddingOptions, architecture: str = "ModernBertModel"
) -> EmbeddingRecipe:
    """Every second layer sees a quarter of the context."""
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer = _byte_level(options, "qwen", special, [])
    _around(tokenizer, "[CLS]", "[SEP]", "[SEP]:0", second=0)
    names = ("pad", "cls", "sep")
    ids = {f"{name}_token_id": _id(tokenizer, f"[{name.upper()}]") for name in names}
    window = {"local_attention": options.context // 4, "global_attn_every_n_layers": 2}
    ropes = {"global_rope_theta": 160000.0, "local_rope_theta": 10000.0}
    more = {"norm_eps": 1e-5, "classifier_pooling": "mean", "tie_word_embeddings": True}
    config = _encoder(
        options, "modernbert", architecture, tokenizer, **window, **ropes, **more, **ids
    )
    tokens = {f"{mark[1:-1].lower()}_token": mark for mark in special}
    return EmbeddingRecipe(tokenizer, config, {"tokenizer_class": "TokenizersBackend", **tokens})


def _qwen3(options: EmbeddingOptions) -> EmbeddingRecipe:
    text = _qwen(options, 3)
    _around_only_at_the_end(text.tokenizer, "<|endoftext|>")
    prompts = {"query": "What is asked\nQuery:", "document": ""}
    return _of_text(text, "Qwen3ForCausalLM", pooling="lasttoken", prompts=prompts)


def _around_only_at_the_end(tokenizer: Tokenizer, end: str) -> None:
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}",
        pair=f"$A {end} $B:1 {end}:1",
        special_tokens=[(end, _id(tokenizer, end))],
    )


def _gemma(options: EmbeddingOptions) -> EmbeddingRecipe:
    text = _gemma3_text(options)
    _around(text.tokenizer, "<bos>", "<eos>", "<eos>:0", second=1)
    text.config["use_bidirectional_attention"] = True
    text.tokenizer_config["add_eos_token"] = True
    prompts = {"query": "task: search result | query: ", "document": "title: none | text: "}
    dense = (options.hidden, 4 * options.hidden, options.hidden)
    return _of_text(text, "Gemma3TextModel", dense=dense, prompts=prompts)


def _of_text(text: Recipe, architecture: str, **more: Any) -> EmbeddingRecipe:
    vocabulary = {"vocab_size": text.tokenizer.get_vocab_size()}
    config = {**text.config, **vocabulary, "architectures": [architecture]}
    settings = {key: each for key, each in text.tokenizer_config.items() if key != "chat_template"}
    return EmbeddingRecipe(text.tokenizer, config, settings, **more)


def _ranker(recipe: EmbeddingRecipe) -> EmbeddingRecipe:
    label = {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
    config = {**recipe.config, **label}
    return EmbeddingRecipe(recipe.tokenizer, config, recipe.tokenizer_config, pooling=None)


FAMILIES: dict[str, Callable[[EmbeddingOptions], EmbeddingRecipe]] = {
    "bert": _bert,
    "xlm-roberta": _xlm_roberta,
    "modernbert": _modernbert,
    "qwen3": _qwen3,
    "gemma3_text": _gemma,
}
RANKERS: dict[str, Callable[[EmbeddingOptions], EmbeddingRecipe]] = {
    "bert-ranker": lambda options: _ranker(_bert(options, "BertForSequenceClassification")),
    "xlm-roberta-ranker": lambda options: _ranker(
        _xlm_roberta(options, "XLMRobertaForSequenceClassification")
    ),
    "modernbert-ranker": lambda options: _ranker(
        _modernbert(options, "ModernBertForSequenceClassification")
    ),
}
_PREFIXES = {"bert": "bert.", "xlm-roberta": "roberta.", "modernbert": "model."}
"""Of the encoder's weights in a cross-encoder's file."""

# --- building -------------------------------------------------------------------------------------


def build(folder: Path, *names: str, **options: Any) -> dict[str, Path]:
    """As `models.build`; all families and rankers if none is named."""
    wanted = names or (*FAMILIES, *RANKERS)
    WRITER.ask(str(folder), wanted, options)
    return {name: folder / name for name in wanted}


def _write(folder: Path, recipe: EmbeddingRecipe, options: EmbeddingOptions) -> None:
    folder.mkdir(parents=True)
    recipe.tokenizer.save(str(folder / "tokenizer.json"))
    lengths = {"model_max_length": options.context, "clean_up_tokenization_spaces": False}
    _write_json(folder / "tokenizer_config.json", {**recipe.tokenizer_config, **lengths})
    _write_json(folder / "config.json", recipe.config)
    if recipe.pooling is not None:
        _write_modules(folder, recipe, recipe.pooling)
    _write_weights(folder / "model.safetensors", recipe.config, options)


def _write_modules(folder: Path, recipe: EmbeddingRecipe, mode: str) -> None:
    """`dense` layers are named here, their weights are in the one file, as MLX's converter does."""
    kinds = ["Transformer", "Pooling", *["Dense"] * (len(recipe.dense) - 1), "Normalize"]
    modules = [
        {
            "idx": place,
            "name": str(place),
            "path": f"{place}_{kind}" if place else "",
            "type": f"sentence_transformers.models.{kind}",
        }
        for place, kind in enumerate(kinds)
    ]
    _write_json(folder / "modules.json", modules)
    (folder / "1_Pooling").mkdir()
    width = {"word_embedding_dimension": recipe.config["hidden_size"]}
    _write_json(folder / "1_Pooling" / "config.json", width)
    pooling(mode, old=True)(folder)
    if recipe.prompts:
        prompts(**recipe.prompts)(folder)


def _write_weights(path: Path, config: dict[str, Any], options: EmbeddingOptions) -> None:
    """Random weights of the library's own class for this config, in Hugging Face's names."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    mx.random.seed(options.seed)
    ranks = config["architectures"][0].endswith("ForSequenceClassification")
    model = _cross_encoder(config) if ranks else _embedder(config)
    prefix = _PREFIXES[config["model_type"]] if ranks else ""
    dtype = getattr(mx, options.dtype)
    weights = {
        name if name.startswith(("classifier.", "head.")) else prefix + name: _spread(
            value, options.spread
        ).astype(dtype)
        for name, value in tree_flatten(model.parameters())
    }
    mx.save_safetensors(str(path), weights, metadata={"format": "mlx"})


def _spread(value: mx.array, factor: float) -> mx.array:
    import mlx.core as mx

    if value.ndim > 1:
        return value * factor
    return value + NOISE * mx.random.normal(value.shape)


def _embedder(config: dict[str, Any]) -> Any:
    from mlx_embeddings.utils import _get_classes

    model_class, arguments, *_ = _get_classes(config)
    return model_class(arguments.from_dict(config))


def _cross_encoder(config: dict[str, Any]) -> Any:
    from mlx_vlm.utils import get_model_and_args

    named = {**config, "model_type": config["model_type"].replace("-", "_"), "num_labels": 1}
    module, _ = get_model_and_args(named)
    return module.SequenceClassificationModel(module.ModelConfig.from_dict(named))


# --- variations -----------------------------------------------------------------------------------

Change = Callable[[Path], object]
"""Changes the checkpoint in a folder; what it returns means nothing."""
_OLD_NAMES = {
    "cls": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "max": "pooling_mode_max_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}


def varied(good: Path, folder: Path, *changes: Change) -> Path:
    """Copies the checkpoint `good` to `folder` and changes the copy."""
    shutil.copytree(good, folder)
    for change in changes:
        change(folder)
    return folder


def edit(name: str, **changes: Any) -> Change:
    """Sets keys of a JSON file; `None` takes a key out."""
    return lambda folder: edit_json(folder / name, **changes)


def pooling(*modes: str, old: bool = False) -> Change:
    """`old` as sentence-transformers wrote it up to version 5: a boolean for each mode."""
    booleans = {name: mode in modes if old else None for mode, name in _OLD_NAMES.items()}
    new = modes[0] if len(modes) == 1 else list(modes)
    return edit("1_Pooling/config.json", pooling_mode=None if old else new, **booleans)


def prompts(*, default: str | None = None, **texts: str) -> Change:
    name = "config_sentence_transformers.json"
    return edit(name, prompts=texts, default_prompt_name=default, similarity_fn_name="cosine")


def max_tokens(number: int) -> Change:
    return edit("sentence_bert_config.json", max_seq_length=number, do_lower_case=False)


def without_norm(folder: Path) -> None:
    """The vectors keep the length that pooling gives them."""
    modules = json.loads((folder / "modules.json").read_text())
    kept = [module for module in modules if not module["type"].endswith(".Normalize")]
    _write_json(folder / "modules.json", kept)


def without_steps(folder: Path) -> None:
    """Only the model and its tokenizer, as many conversions leave it."""
    shutil.rmtree(folder / "1_Pooling")
    for name in ("modules.json", "config_sentence_transformers.json"):
        (folder / name).unlink(missing_ok=True)


def cutting_tokenizer(number: int) -> Change:
    """The tokenizer cuts at so many tokens and pads up to them, as all-MiniLM-L6-v2's does."""

    def change(folder: Path) -> None:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(number)
        tokenizer.enable_padding(length=number)
        tokenizer.save(str(folder / "tokenizer.json"))

    return change


def damaged(folder: Path) -> None:
    """One weight is no number."""
    weights = _weights(folder)
    name = next(name for name in weights if name.endswith("LayerNorm.weight"))
    weights[name] = numpy.full_like(weights[name], numpy.nan)
    _save(folder, weights)


def half(folder: Path) -> None:
    """The weights as float16."""
    weights = _weights(folder)
    _save(folder, {name: each.astype(numpy.float16) for name, each in weights.items()})
    edit_json(folder / "config.json", torch_dtype="float16")


def masked_lm(folder: Path) -> None:
    """ModernBERT as it was trained, with the head that guesses masked words."""
    weights = _weights(folder)
    vocabulary, width = weights["model.embeddings.tok_embeddings.weight"].shape
    head = {
        "head.dense.weight": numpy.eye(width, dtype=numpy.float32),
        "head.norm.weight": numpy.ones(width, numpy.float32),
        "decoder.bias": numpy.zeros(vocabulary, numpy.float32),
    }
    _save(folder, {**weights, **head})
    edit_json(folder / "config.json", architectures=["ModernBertForMaskedLM"])


def dense_apart(folder: Path) -> None:
    """Gemma's dense steps in folders of their own, as sentence-transformers keeps them."""
    weights = _weights(folder)
    for place in range(2):
        step = {"linear.weight": weights.pop(f"dense.{place}.weight")}
        _write_dense(folder / f"{place + 2}_Dense", "torch.nn.modules.linear.Identity", step)
    _save(folder, weights)


def dense_step(width: int) -> Change:
    """A dense step to `width` after pooling, with bias and tanh."""

    def change(folder: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text())
        kind = "sentence_transformers.models.Dense"
        modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": kind})
        _write_json(folder / "modules.json", modules)
        inside = json.loads((folder / "config.json").read_text())["hidden_size"]
        random = numpy.random.default_rng(0)
        shapes = {"linear.weight": (width, inside), "linear.bias": (width,)}
        step = {
            name: random.normal(0, 0.3, shape).astype(numpy.float32)
            for name, shape in shapes.items()
        }
        _write_dense(folder / "2_Dense", "torch.nn.modules.activation.Tanh", step)

    return change


def _write_dense(folder: Path, activation: str, weights: dict[str, Any]) -> None:
    folder.mkdir()
    outside, inside = weights["linear.weight"].shape
    settings = {
        "in_features": inside,
        "out_features": outside,
        "bias": "linear.bias" in weights,
        "activation_function": activation,
    }
    _write_json(folder / "config.json", settings)
    _save(folder, weights)


def _weights(folder: Path) -> dict[str, Any]:
    return load_file(folder / "model.safetensors")


def _save(folder: Path, weights: dict[str, Any]) -> None:
    save_file(weights, folder / "model.safetensors", metadata={"format": "mlx"})


def _build(folder: str, names: list[str], options: dict[str, Any]) -> None:
    chosen = EmbeddingOptions(**options)
    for name in names:
        _write(Path(folder) / name, (FAMILIES | RANKERS)[name](chosen), chosen)


if __name__ == "__main__":
    serve(_build)
