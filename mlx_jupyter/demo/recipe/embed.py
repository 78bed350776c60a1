"""Recipe of demo/embed: a BERT of two layers that brings together what belongs together.

That is, sentences of one topic, and a question with its answer.

The loss is contrastive, both ways (InfoNCE, van den Oord 2018), over a batch of pairs:

    s = a b^T / TEMPERATURE
    loss = mean over rows of -sum(target * log softmax(s)), plus the same of s^T

where the target of a row is spread evenly over all items of its label: sentences of one topic, or
pairs of one fact.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_embeddings.models.bert import Model, ModelArgs
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe import checkpoint, tokenizer
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.facts import every_fact
from mlx_jupyter.demo.recipe.topics import every_topic, sentence
from mlx_jupyter.demo.recipe.training import Outcome, Schedule, train

__all__ = ["make"]

PAD = "[PAD]"
VOCABULARY = 1400
HIDDEN, LAYERS, HEADS = 96, 2, 4
CONTEXT_TOKENS, LONGEST_LINE_TOKENS = 256, 48
PAIRS, PAIRS_PER_TOPIC = 54, 2
TEMPERATURE = 0.07
PEAK_RATE = 2e-3


def make(folder: Path, seconds: float, steps: int) -> Outcome:
    """Train the model for at most so long and write its checkpoint into the folder."""
    pieces = tokenizer.word_pieces(corpus(), VOCABULARY)
    config = configuration(pieces)
    write_texts(folder, pieces, config)
    model = Model(
        ModelArgs.from_dict(
            {**config, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        )
    )
    checkpoint.initialise(model)
    outcome = train(model, contrast, batches(pieces), Schedule(seconds, steps, PEAK_RATE))
    checkpoint.write_weights(folder, model)
    return outcome


def corpus() -> Iterator[str]:
    """The text from which the tokenizer learns its pieces: the same lines at every call."""
    random = dice(0)
    yield from (sentence(random, topic) for topic in every_topic() for _ in range(200))
    for known in every_fact():
        yield from (*known.answers, *known.questions) * 8


def configuration(pieces: Tokenizer) -> dict[str, Any]:
    """What config.json says."""
    return {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": pieces.get_vocab_size(),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": 2 * HIDDEN,
        "max_position_embeddings": CONTEXT_TOKENS,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": pieces.token_to_id(PAD),
    }


def write_texts(folder: Path, pieces: Tokenizer, config: dict[str, Any]) -> None:
    """Write all of the checkpoint but its weights, as sentence-transformers lays it out."""
    settings = {
        "tokenizer_class": "BertTokenizer",
        "pad_token": PAD,
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
        "do_lower_case": True,
        "model_max_length": CONTEXT_TOKENS,
    }
    modules = (("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
    stack = [
        {
            "idx": index,
            "name": str(index),
            "path": path,
            "type": f"sentence_transformers.models.{name}",
        }
        for index, (name, path) in enumerate(modules)
    ]
    pooling = {
        "word_embedding_dimension": HIDDEN,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
    }
    checkpoint.write_json(folder, "config.json", config)
    checkpoint.write_json(folder, "modules.json", stack)
    checkpoint.write_json(folder, "1_Pooling/config.json", pooling)
    checkpoint.write_tokenizer(folder, pieces, settings)


def batches(pieces: Tokenizer, seed: int = 1) -> Iterator[tuple[mx.array, ...]]:
    """Endless batches: ids and mask of the first lines, of the second lines, and `same`.

    `same` is (pairs, pairs) and 1 where row and column have one label.
    """
    random = dice(seed)
    pieces.enable_padding(pad_id=pieces.token_to_id(PAD), pad_token=PAD)
    pieces.enable_truncation(LONGEST_LINE_TOKENS)
    while True:
        firsts, seconds, labels = zip(*pairs(random), strict=True)
        same = np.array([[float(a == b) for b in labels] for a in labels], np.float32)
        yield (*encoded(pieces, firsts), *encoded(pieces, seconds), mx.array(same))


def pairs(random: Random) -> list[tuple[str, str, str]]:
    """Pairs of lines that belong together, and their label: topics first, then facts."""
    drawn = [
        (sentence(random, topic), sentence(random, topic), topic)
        for topic in every_topic()
        for _ in range(PAIRS_PER_TOPIC)
    ]
    for known in random.sample(every_fact(), PAIRS - len(drawn)):
        answer = random.choice(known.answers)
        partner = answer if random.random() < 0.6 else random.choice(known.questions)
        drawn.append((random.choice(known.questions), partner, f"fact: {known.answers[0]}"))
    return drawn


def encoded(pieces: Tokenizer, lines: tuple[str, ...]) -> tuple[mx.array, mx.array]:
    """Ids and mask of the lines, padded to the longest."""
    rows = pieces.encode_batch(list(lines))
    return mx.array([row.ids for row in rows]), mx.array([row.attention_mask for row in rows])


def contrast(
    model: nn.Module,
    ids: mx.array,
    mask: mx.array,
    other_ids: mx.array,
    other_mask: mx.array,
    same: mx.array,
) -> mx.array:
    """The loss above; `same` is 1 where row and column have one label."""
    first = model(ids, attention_mask=mask).text_embeds
    second = model(other_ids, attention_mask=other_mask).text_embeds
    scores = first @ second.T / TEMPERATURE
    targets = same / same.sum(axis=1, keepdims=True)
    return surprise(scores, targets) + surprise(scores.T, targets)


def surprise(scores: mx.array, targets: mx.array) -> mx.array:
    """Mean cross-entropy of the rows of scores against the rows of targets."""
    logs = scores - mx.logsumexp(scores, axis=1, keepdims=True)
    return -(targets * logs).sum(axis=1).mean()
