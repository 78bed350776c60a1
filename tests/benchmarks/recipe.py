"""The child that writes one checkpoint: `python -m tests.benchmarks.recipe FOLDER SHAPE_AS_JSON`.

The tokenizer is trained on the standard library's sources. The rows of the output matrix that
belong to special tokens, or to tokens that are not plain visible text, are zero: their logits are
exactly 0, and the largest of thousands of random ones is above 0. So greedy decoding never ends
early, and every token adds visible text.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import msgspec
from mlx.utils import tree_flatten, tree_map_with_path
from mlx_lm.models import llama
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.benchmarks.checkpoints import Shape

START, END, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
CONTEXT_TOKENS = 8192
CHARACTERS_PER_ENTRY = 500
"""How much text the tokenizer is trained on, for each entry of its vocabulary."""
DEVIATION = 0.03


def write(folder: Path, shape: Shape) -> None:
    """Write config, tokenizer, chat template and weights into `folder`."""
    tokenizer = _tokenizer(shape.vocabulary)
    config = _config(shape, tokenizer)
    model = llama.Model(llama.ModelArgs.from_dict(config))
    _randomise(model, _visible_rows(tokenizer, shape.vocabulary))
    weights = dict(tree_flatten(model.parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    _write_json(folder / "config.json", config)
    _write_json(folder / "tokenizer_config.json", _tokenizer_config())
    ends = {"eos_token_id": config["eos_token_id"], "pad_token_id": config["pad_token_id"]}
    _write_json(folder / "generation_config.json", ends)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n")


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "model_max_length": CONTEXT_TOKENS,
    }


def _tokenizer(vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START, END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(vocabulary * CHARACTERS_PER_ENTRY), trainer)
    return tokenizer


def corpus(characters: int) -> Iterator[str]:
    """About so much of the standard library's sources."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="ignore")
        yield text
        characters -= len(text)
        if characters < 0:
            return


def _config(shape: Shape, tokenizer: Tokenizer) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "intermediate_size": shape.feed_forward,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.hidden // shape.heads,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": CONTEXT_TOKENS,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "bos_token_id": tokenizer.token_to_id(START),
        "eos_token_id": tokenizer.token_to_id(END),
        "pad_token_id": tokenizer.token_to_id(PAD),
    }


def _visible_rows(tokenizer: Tokenizer, vocabulary: int) -> mx.array:
    """A column with 1 for each token whose text is plain visible ASCII, else 0."""
    texts = [tokenizer.decode([token]) for token in range(vocabulary)]
    visible = [bool(text.strip()) and text.isascii() and text.isprintable() for text in texts]
    return mx.array(visible, dtype=mx.float32)[:, None]


def _randomise(model: llama.Model, visible_rows: mx.array) -> None:
    """Draw every matrix; norms keep their ones."""
    mx.random.seed(0)

    def draw(name: str, weight: mx.array) -> mx.array:
        if weight.ndim == 1:
            return weight
        fresh = mx.random.normal(weight.shape) * DEVIATION
        return fresh * visible_rows if name.startswith("lm_head") else fresh

    model.update(tree_map_with_path(draw, model.parameters()))
    mx.eval(model.parameters())


if __name__ == "__main__":
    write(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Shape))
