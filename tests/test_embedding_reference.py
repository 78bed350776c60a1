"""The references agree with each other, and the checkpoints are good to test with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.embedding_models import (
    FAMILIES,
    RANKERS,
    build,
    cutting_tokenizer,
    dense_apart,
    half,
    masked_lm,
    varied,
)
from tests.embedding_reference import (
    bert_scores,
    bert_states,
    direct,
    encode,
    hidden,
    ids_of,
    pool,
    pooled,
    scores,
    to_unit,
)
from tests.models import CORPUS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding")
    build(folder)
    return folder


def test_bert_by_hand_is_mlx_embeddings(folder: Path) -> None:
    bert = folder / "bert"
    by_hand = [bert_states(bert, ids_of(bert, text)) for text in CORPUS]
    for ours, theirs in zip(by_hand, hidden(bert, CORPUS), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    means = to_unit(np.array([pool(states, "mean") for states in by_hand]))
    np.testing.assert_allclose(means, direct(bert, CORPUS), atol=1e-6)


def test_a_ranker_by_hand_is_mlx_vlm(folder: Path) -> None:
    bert = folder / "bert-ranker"
    by_hand = bert_scores(bert, CORPUS[0], CORPUS)
    np.testing.assert_allclose(by_hand, scores(bert, CORPUS[0], CORPUS), atol=1e-6)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_pooling_by_hand_is_the_familys_own(folder: Path, family: str) -> None:
    mode = "lasttoken" if family == "qwen3" else "mean"
    by_hand = pooled(folder / family, CORPUS, mode)
    np.testing.assert_allclose(by_hand, direct(folder / family, CORPUS), atol=1e-6)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_text_has_a_direction_of_its_own(folder: Path, family: str) -> None:
    vectors = direct(folder / family, CORPUS)
    likeness = vectors @ vectors.T - 2 * np.eye(len(vectors))
    assert likeness.max() < 0.99


@pytest.mark.parametrize("family", list(FAMILIES))
def test_order_and_padding_that_is_not_masked_show(folder: Path, family: str) -> None:
    ids = ids_of(folder / family, CORPUS[0])
    begin, second, third, *rest = ids
    others = [[*ids, *[ids[-1]] * 5], [begin, third, second, *rest], [*[begin] * 5, *ids]]
    alone, *changed = direct(folder / family, [ids, *others])
    assert all(abs(one - alone).max() > 1e-3 for one in changed)


@pytest.mark.parametrize("ranker", list(RANKERS))
def test_scores_differ_and_the_order_of_a_pair_matters(folder: Path, ranker: str) -> None:
    found = scores(folder / ranker, CORPUS[0], CORPUS)
    assert found.max() - found.min() > 0.03
    (back,) = scores(folder / ranker, CORPUS[1], CORPUS[:1])
    assert abs(back - found[1]) > 1e-3


def test_variations_mean_the_same(folder: Path, tmp_path: Path) -> None:
    apart = varied(folder / "gemma3_text", tmp_path / "apart", dense_apart)
    np.testing.assert_array_equal(direct(apart, CORPUS), direct(folder / "gemma3_text", CORPUS))
    cutting = varied(folder / "bert", tmp_path / "cutting", cutting_tokenizer(4))
    np.testing.assert_array_equal(direct(cutting, CORPUS), direct(folder / "bert", CORPUS))
    guessing = varied(folder / "modernbert", tmp_path / "guessing", masked_lm)
    expected = hidden(folder / "modernbert", CORPUS[:1])
    np.testing.assert_array_equal(hidden(guessing, CORPUS[:1]), expected)
    single = varied(folder / "qwen3", tmp_path / "half", half)
    np.testing.assert_allclose(direct(single, CORPUS), direct(folder / "qwen3", CORPUS), atol=0.01)


def test_the_end_stays_when_a_text_is_cut(folder: Path) -> None:
    for family in FAMILIES:
        whole = encode(folder / family, CORPUS[0]).ids
        cut = encode(folder / family, CORPUS[0], max_tokens=8).ids
        assert cut[:7] == whole[:7]
        assert cut[7] == whole[-1]
