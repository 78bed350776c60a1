"""The child that writes a BERT with random weights in f32:

    python -m tests.benchmarks.embedding_checkpoint FOLDER

It has the size of all-MiniLM-L6: 22.7 million parameters, of which 10.6 million are in its layers.
Its vectors are the means of its tokens' states, normalised, as sentence-transformers writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_embeddings.models.bert import Model, ModelArgs
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe import checkpoint, tokenizer
from tests.benchmarks.recipe import corpus

VOCABULARY, CORPUS_CHARACTERS = 30_522, 6_000_000
HIDDEN, LAYERS, HEADS = 384, 6, 12
CONTEXT_TOKENS = 512
MODULES = (("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
POOLING = {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True}
TOKENIZER = {
    "tokenizer_class": "BertTokenizer",
    "pad_token": "[PAD]",
    "unk_token": tokenizer.UNKNOWN,
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
    "do_lower_case": True,
    "model_max_length": CONTEXT_TOKENS,
}


def write(folder: Path) -> None:
    """Write config, tokenizer, sentence-transformers' files and weights into `folder`."""
    pieces = tokenizer.word_pieces(corpus(CORPUS_CHARACTERS), VOCABULARY)
    config = _config(pieces)
    model = Model(ModelArgs.from_dict(config))
    checkpoint.initialise(model)
    weights = dict(tree_flatten(model.parameters()))
    checkpoint.write_tokenizer(folder, pieces, TOKENIZER)
    checkpoint.write_json(folder, "config.json", config)
    checkpoint.write_json(folder, "modules.json", [_module(place) for place in range(len(MODULES))])
    checkpoint.write_json(folder, "1_Pooling/config.json", POOLING)
    mx.save_safetensors(str(folder / checkpoint.WEIGHTS), weights, metadata={"format": "mlx"})


def _config(pieces: Tokenizer) -> dict[str, Any]:
    return {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": 4 * HIDDEN,
        "max_position_embeddings": CONTEXT_TOKENS,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": pieces.token_to_id("[PAD]"),
        "torch_dtype": "float32",
    }


def _module(place: int) -> dict[str, Any]:
    name, path = MODULES[place]
    kind = f"sentence_transformers.models.{name}"
    return {"idx": place, "name": str(place), "path": path, "type": kind}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
