"""`pool.embed` against a real server."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from mlx_jupyter.errors import InvalidRequest, RequestFailed, UnsupportedParameter
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.wire.pool import PoolEvent
from tests.kernel.embedding.conftest import record

EMBED = "demo/embed"
TEXTS = ["a dog and a cat", "the bank gave a loan", "a rocket", "the moon"]
WORDS = ("dog", "cat", "rocket", "moon", "bank", "loan", "teacher", "song", "piano", "film")


def drawn(count: int, seed: int = 0) -> list[str]:
    """Texts of which no two are equal."""
    random = Random(seed)
    return [
        f"{' '.join(random.choices(WORDS, k=random.randint(1, 30)))} {at} {seed}"
        for at in range(count)
    ]


def direct(pool: Pool, texts: Any, **options: Any) -> NDArray[np.float32]:
    body = {"model": EMBED, "input": texts, **options}
    answer = pool._http.post(f"{pool.endpoint.base_url}/embeddings", json=body)
    rows = answer.raise_for_status().json()["data"]
    return np.array([row["embedding"] for row in rows], np.float32)


def texts_in(bodies: list[dict[str, Any]]) -> list[str]:
    return [text for body in bodies for text in body["input"]]


def test_an_array_has_a_row_for_each_text_in_their_order(pool: Pool) -> None:
    vectors = pool.embed(TEXTS)
    assert (type(vectors), vectors.dtype, vectors.shape) == (np.ndarray, np.float32, (4, 96))
    np.testing.assert_allclose(vectors, direct(pool, TEXTS), atol=1e-6)


def test_rows_have_the_length_one(pool: Pool) -> None:
    np.testing.assert_allclose(np.linalg.norm(pool.embed(TEXTS), axis=1), 1, atol=1e-6)


def test_many_texts_keep_their_order_over_many_requests(pool: Pool, sent: Any) -> None:
    texts = drawn(300)
    vectors = pool.embed(texts)
    assert len(sent) > 2
    np.testing.assert_allclose(vectors, direct(pool, texts), atol=1e-6)


def test_equal_texts_are_asked_for_once(pool: Pool, sent: Any) -> None:
    vectors = pool.embed(["a", "b", "a", "c", "b", "a"])
    assert sorted(texts_in(sent)) == ["a", "b", "c"]
    np.testing.assert_array_equal(vectors[[0, 1]], vectors[[2, 4]])
    np.testing.assert_allclose(vectors, direct(pool, list("abacba")), atol=1e-6)


def test_whatever_repeats_and_is_on_disk_every_row_has_its_own_vector(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlx_jupyter.kernel.embedding.gathering._RECALLED_AT_ONCE", 7)
    random, texts = Random(3), drawn(80)
    own = dict(zip(texts, direct(pool, texts), strict=True))
    for _ in range(12):
        column = random.choices(texts, k=random.randint(1, 120))
        vectors = pool.embed(column)
        np.testing.assert_allclose(vectors, [own[text] for text in column], atol=1e-6)


def test_the_longest_texts_come_first(pool: Pool, sent: Any) -> None:
    pool.embed(drawn(200))
    lengths = [len(text) for text in texts_in(sent)]
    assert lengths == sorted(lengths, reverse=True)


def test_one_text_gives_one_row(pool: Pool) -> None:
    assert pool.embed("a dog").shape == (1, 96)


def test_a_series_is_a_column(pool: Pool) -> None:
    frame = pd.DataFrame({"text": TEXTS}, index=[9, 8, 7, 6])
    np.testing.assert_array_equal(pool.embed(frame.text), pool.embed(TEXTS))


def test_token_ids_do_for_texts(pool: Pool) -> None:
    ids = [[2, 50, 60, 3], [2, 70, 3]]
    np.testing.assert_allclose(pool.embed(ids), direct(pool, ids), atol=1e-6)


def test_the_options_are_sent(pool: Pool, sent: Any) -> None:
    vectors = pool.embed(
        TEXTS, model=EMBED, dimensions=8, input_type="query", truncate=True, keep_alive="9m"
    )
    assert vectors.shape == (4, 8)
    (body,) = sent
    assert (body["model"], body["dimensions"], body["input_type"]) == (EMBED, 8, "query")
    assert (body["truncate"], body["keep_alive"]) == (True, "9m")


def test_what_is_not_given_is_left_to_the_server(pool: Pool, sent: Any) -> None:
    pool.embed("a")
    assert sent == [{"input": ["a"], "encoding_format": "base64"}]


def test_vectors_need_not_be_of_length_one(pool: Pool) -> None:
    vectors = pool.embed(TEXTS, normalize=False)
    np.testing.assert_allclose(vectors, direct(pool, TEXTS, normalize=False), rtol=1e-5)


def test_the_model_stays_between_the_slices_of_a_run(pool: Pool, sent: Any) -> None:
    pool.embed(drawn(200), keep_alive="1h")
    assert [body["keep_alive"] for body in sent] == ["5m"] * (len(sent) - 1) + ["1h"]


def test_a_format_cannot_be_chosen(pool: Pool, sent: Any) -> None:
    with pytest.raises(UnsupportedParameter, match="an array"):
        pool.embed("a", encoding_format="float")
    assert sent == []


def test_what_is_no_text_costs_no_request(pool: Pool, sent: Any) -> None:
    with pytest.raises(InvalidRequest, match="Row 1 is no text"):
        pool.embed(["a", None])
    assert sent == []


def test_a_text_that_is_too_long_is_called_by_the_users_row(pool: Pool) -> None:
    texts = [*drawn(50), "dog " * 300, *drawn(50, 1), "dog " * 300]
    with pytest.raises(RequestFailed, match=r"^Row 50 has 302 tokens; this model takes at most"):
        pool.embed(texts)
    with pytest.raises(RequestFailed, match=r"^Row b has 302 tokens; .* set truncate=True"):
        pool.embed(pd.Series(["a", "dog " * 300], index=["a", "b"]))
    with pytest.raises(RequestFailed, match=r"^The text has 302 tokens"):
        pool.embed("dog " * 300)


def test_it_is_refused_before_the_others_are_asked_for(pool: Pool, sent: Any) -> None:
    with pytest.raises(RequestFailed):
        pool.embed([*drawn(300), "dog " * 300])
    assert len(sent) == 1


def test_it_may_be_cut(pool: Pool) -> None:
    assert pool.embed(["a", "dog " * 300], truncate=True).shape == (2, 96)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "demo/chat"}, "does not support embeddings"),
        ({"model": "demo/emb"}, "There is no model 'demo/emb' here. Did you mean demo/embed"),
        ({"input_type": "poem"}, "no input_type 'poem'"),
        ({"dimensions": 1000}, "96 dimensions, not 1000"),
        ({"dimension": 8}, "Unknown parameter: 'dimension'"),
    ],
)
def test_what_the_server_refuses_is_its_error(
    pool: Pool, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(RequestFailed, match=words):
        pool.embed("a", **options)


def test_progress_is_told(pool: Pool) -> None:
    told: list[tuple[int, int]] = []
    pool.embed([*drawn(200), *drawn(100)], progress=lambda *counts: told.append(counts))
    done = [count for count, _ in told]
    assert (done[0], done[-1], len(done) > 2) == (0, 300, True)
    assert done == sorted(done)
    assert {total for _, total in told} == {300}


def test_a_second_run_asks_for_nothing(pool: Pool, sent: Any) -> None:
    vectors = pool.embed(TEXTS)
    del sent[:]
    np.testing.assert_array_equal(pool.embed(TEXTS), vectors)
    assert sent == []


def test_only_what_is_new_is_asked_for(pool: Pool, sent: Any) -> None:
    pool.embed(TEXTS)
    del sent[:]
    vectors = pool.embed(["new", *reversed(TEXTS), "newer"])
    assert sorted(texts_in(sent)) == ["new", "newer"]
    np.testing.assert_allclose(vectors, direct(pool, ["new", *reversed(TEXTS), "newer"]), atol=1e-6)


def test_another_process_finds_it_too(pool: Pool, server: Any, sent: Any) -> None:
    pool.embed(TEXTS)
    with Pool(pool.endpoint) as other:
        asked = record(other)
        other.embed(TEXTS)
    assert asked == []


@pytest.mark.parametrize(
    "options", [{"dimensions": 8}, {"input_type": "query"}, {"normalize": False}]
)
def test_another_kind_of_vector_is_asked_for(
    pool: Pool, sent: Any, options: dict[str, Any]
) -> None:
    pool.embed(TEXTS)
    pool.embed(TEXTS, **options)
    assert len(sent) == 2


def test_what_makes_no_other_vector_does_not_matter_to_the_cache(pool: Pool, sent: Any) -> None:
    pool.embed(TEXTS)
    pool.embed(TEXTS, model=EMBED, keep_alive="9m", user="me")
    assert len(sent) == 1


def test_without_the_cache_everything_is_asked_for(
    pool: Pool, sent: Any, cache_folder: Path
) -> None:
    for _ in range(2):
        pool.embed(TEXTS, cache=False)
    assert len(sent) == 2
    assert not cache_folder.exists()


def test_the_environment_turns_the_cache_off(
    pool: Pool, sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", "off")
    for _ in range(2):
        pool.embed(TEXTS)
    assert len(sent) == 2


def test_a_cache_that_cannot_be_written_is_no_error(
    pool: Pool, sent: Any, cache_folder: Path
) -> None:
    cache_folder.touch()
    for _ in range(2):
        assert pool.embed(TEXTS).shape == (4, 96)
    assert len(sent) == 2


def test_no_text_is_on_disk(pool: Pool, cache_folder: Path) -> None:
    pool.embed(["a very secret text"])
    assert all(b"secret" not in file.read_bytes() for file in cache_folder.iterdir())


def test_what_was_done_before_an_interrupt_is_kept(pool: Pool, sent: Any) -> None:
    texts = drawn(300)

    def stop(done: int, total: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.embed(texts, progress=stop)
    before = set(texts_in(sent))
    del sent[:]
    pool.embed(texts)
    assert len(before) > 100
    assert set(texts_in(sent)) == set(texts) - before


def test_what_was_done_before_an_error_is_kept(pool: Pool, sent: Any) -> None:
    texts = [f"{'embedding ' * 70}{at}" for at in range(8)]
    many_tokens_in_few_letters = "1 " * 290
    with pytest.raises(RequestFailed, match="Row 8 has 292 tokens"):
        pool.embed([*texts, many_tokens_in_few_letters])
    done = texts_in(sent[:-1])
    del sent[:]
    pool.embed(texts)
    assert done
    assert set(texts_in(sent)) == set(texts) - set(done)


def test_events_end_with_what_came_out(pool: Pool) -> None:
    pool.embed(TEXTS[:1])
    *steps, last = pool.embed_events([*TEXTS, TEXTS[0]])
    assert isinstance(last, Embedded)
    assert last.vectors.shape == (5, 96)
    assert (last.model, last.cached, last.evicted) == (EMBED, 2, ())
    assert last.tokens > 3
    assert last.seconds > 0
    first, second = steps
    assert first == EmbedProgress(2, 5, 2)
    assert isinstance(second, EmbedProgress)
    assert (second.done, second.kept, second.seconds_left) == (5, 5, 0.0)


def test_nothing_is_counted_as_kept_without_a_cache(pool: Pool) -> None:
    steps = list(pool.embed_events(TEXTS, cache=False))
    assert [step.kept for step in steps if isinstance(step, EmbedProgress)] == [0, 0]


def test_a_run_that_is_left_ends_on_the_server(pool: Pool) -> None:
    with closing(pool.embed_events(drawn(300))) as events:
        next(events)
        next(events)
    deadline = time.monotonic() + 20
    while pool.health().requests:
        assert time.monotonic() < deadline


def test_a_model_that_is_not_loaded_is_loaded_first(empty_pool: Pool, cache_folder: Path) -> None:
    empty_pool.load("demo/chat", pin=False)
    empty_pool.load("llama", pin=False)
    *steps, last = empty_pool.embed_events(TEXTS, cache=False)
    events = [step for step in steps if isinstance(step, PoolEvent)]
    assert {event.type for event in events} >= {"state", "progress"}
    assert isinstance(last, Embedded)
    assert last.evicted == ("demo/chat",)
    assert not empty_pool.model(EMBED).pinned


def test_nothing_is_loaded_for_what_is_on_disk(empty_pool: Pool, cache_folder: Path) -> None:
    vectors = empty_pool.embed(TEXTS)
    empty_pool.evict(EMBED)
    np.testing.assert_array_equal(empty_pool.embed(TEXTS), vectors)
    assert empty_pool.model(EMBED).state == "absent"


@pytest.fixture
def copied(empty_pool: Pool, checkpoints: Path) -> Iterator[tuple[str, Path]]:
    """A model of its own, and its folder."""
    folder = checkpoints / "copied"
    shutil.copytree(empty_pool.model(EMBED).path, folder)
    yield "copied", folder
    empty_pool.evict("copied", force=True)
    shutil.rmtree(folder)


def test_a_model_whose_files_have_changed_is_asked_again(
    empty_pool: Pool, cache_folder: Path, copied: tuple[str, Path]
) -> None:
    model, folder = copied
    empty_pool.embed(TEXTS, model=model)
    os.utime(folder / "config.json", (1, 1))
    empty_pool.evict(model)
    asked = record(empty_pool)
    empty_pool.embed(TEXTS, model=model)
    assert texts_in(asked) != []


def test_no_array_holds_vectors_of_two_revisions(
    empty_pool: Pool, cache_folder: Path, copied: tuple[str, Path]
) -> None:
    model, folder = copied
    texts = drawn(300)
    before = empty_pool.model(model).revision

    def change(done: int, total: int) -> None:
        if 0 < done < total and empty_pool.model(model).revision == before:
            os.utime(folder / "config.json", (1, 1))
            empty_pool.evict(model)

    asked = record(empty_pool)
    empty_pool.embed(texts, model=model, progress=change)
    assert empty_pool.model(model).revision != before
    assert len(texts_in(asked)) > 300
    del asked[:]
    empty_pool.embed(texts, model=model)
    assert asked == []
