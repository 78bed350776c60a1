"""The embedding engine in a real worker process, with real tiny checkpoints, against each input
alone in mlx-embeddings and mlx-vlm."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import InvalidRequest, MLXJupyterError, WrongKind
from mlx_jupyter.messages import Embed, Generate, Joined, Sampling, Step, Vectors, event_frames
from mlx_jupyter.pool.stream import Stream
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.embedding_models import (
    FAMILIES,
    RANKERS,
    Change,
    build,
    cutting_tokenizer,
    damaged,
    dense_apart,
    dense_step,
    edit,
    half,
    masked_lm,
    max_tokens,
    pooling,
    prompts,
    varied,
    without_norm,
    without_steps,
)
from tests.embedding_reference import (
    Array,
    Input,
    bert_scores,
    bert_states,
    direct,
    encode,
    ids_of,
    pool,
    pooled,
    scores,
    to_unit,
)
from tests.models import CORPUS
from tests.worker.conftest import Worker, start

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTEXT, WIDTH = 128, 64
WINDOW_ROWS = 4096
ODD = [
    "日本語",
    "😀",
    "naïve",
    "ẞ",
    "e\u0301",
    "\u200b",
    "ﬁne",
    "[SEP]",
    "</s>",
    "Ⅳ",
    "\x00",
    "\n\n",
]


@dataclass(frozen=True)
class Embedded:
    prompt_tokens: int
    vectors: Array
    """(inputs, width), float32."""


async def collect(stream: Stream) -> Embedded:
    """The order of messages is checked on the way: one `Joined`, then vectors until the last."""
    joined: list[Joined] = []
    found: list[Vectors] = []
    with stream:
        while items := await stream.take():
            for item in items:
                if isinstance(item, Joined):
                    assert not found
                    joined.append(item)
                else:
                    assert isinstance(item, Vectors)
                    assert joined
                    found.append(item)
    assert [item.last for item in found] == [False] * (len(found) - 1) + [True]
    (only,) = joined
    return Embedded(only.prompt_tokens, np.concatenate(list(map(rows_of, found))))


def rows_of(item: Vectors) -> Array:
    return np.frombuffer(item.data, "<f4").reshape(item.rows, item.width)


def ask(link: WorkerLink, inputs: object, **fields: Any) -> Stream:
    data = inputs if isinstance(inputs, bytes) else json.dumps(inputs).encode()
    return link.embed(Embed(id=0, **fields), data)


async def embed(link: WorkerLink, inputs: object, **fields: Any) -> Embedded:
    return await collect(ask(link, inputs, **fields))


async def vectors_of(link: WorkerLink, inputs: object, **fields: Any) -> Array:
    return (await embed(link, inputs, **fields)).vectors


def near(found: Array, expected: Array, within: float = 1e-5) -> None:
    assert found.shape == expected.shape
    assert np.isfinite(found).all(), "not all are numbers"
    difference = abs(found - expected).max() / max(1, abs(expected).max())
    assert difference < within, f"they differ by {difference}"


# --- checkpoints ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding")
    build(folder)
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedder(folder: Path) -> AsyncIterator[Worker]:
    """`await embedder("qwen3")` is a link to a process that has the checkpoint loaded."""
    names = [*FAMILIES, *RANKERS]
    async with workers(*(folder / name for name in names)) as links:
        found = dict(zip(names, links, strict=True))

        async def get(name: str) -> WorkerLink:
            return found[name]

        yield get


@asynccontextmanager
async def workers(*paths: Path) -> AsyncIterator[list[WorkerLink]]:
    """One each, started side by side: a start is imports, which one core does alone."""
    links = await asyncio.gather(*(start(path, kind="embedding") for path in paths))
    try:
        yield links
    finally:
        await asyncio.gather(*(link.stop() for link in links))


# --- vectors --------------------------------------------------------------------------------------


def mixed_inputs(folder: Path, dice: random.Random, count: int) -> list[Input]:
    """Texts and lists of ids of all lengths up to the context, some of them twice."""
    words = [*" ".join(CORPUS).split(), *ODD]
    vocabulary = json.loads((folder / "config.json").read_text())["vocab_size"]
    inputs: list[Input] = [[dice.randrange(vocabulary)], [dice.randrange(vocabulary)] * CONTEXT]
    while len(inputs) < count:
        size = int(CONTEXT ** dice.random())
        text = " ".join(dice.choices(words, k=size))
        if dice.random() < 0.3:
            inputs.append([dice.randrange(vocabulary) for _ in range(size)])
        elif dice.random() < 0.2:
            inputs.append(dice.choice(inputs))
        elif len(ids_of(folder, text)) <= CONTEXT:
            inputs.append(text)
    return inputs


@pytest.mark.parametrize("family", list(FAMILIES))
async def test_vectors_are_mlx_embeddings_whatever_is_computed_beside_them(
    embedder: Worker, folder: Path, family: str
) -> None:
    dice = random.Random(family)
    inputs = mixed_inputs(folder / family, dice, 60)
    expected = await asyncio.to_thread(direct, folder / family, inputs)
    link = await embedder(family)
    kinds = [
        [at for at, one in enumerate(inputs) if isinstance(one, str) is texts]
        for texts in (True, False)
    ]
    asked = []
    for _ in range(12):
        places = dice.choices(dice.choice(kinds), k=dice.randrange(1, 30))
        fields = {"dimensions": dice.choice([None, None, 7]), "normalize": dice.random() < 0.5}
        asked.append((places, fields))
    answers = await asyncio.gather(
        *(embed(link, [inputs[at] for at in places], **fields) for places, fields in asked)
    )
    for (places, fields), answer in zip(asked, answers, strict=True):
        near(answer.vectors, to_unit(expected[places][:, : fields["dimensions"]]))
        tokens = sum(len(ids_of(folder / family, inputs[at])) for at in places)
        assert answer.prompt_tokens == tokens


async def test_one_text_and_one_list_of_ids_are_one_input(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert")
    ids = ids_of(folder / "bert", CORPUS[0])
    near(await vectors_of(link, CORPUS[0]), direct(folder / "bert", [CORPUS[0]]))
    answer = await embed(link, ids[1:-1])
    near(answer.vectors, direct(folder / "bert", [ids[1:-1]]))
    assert answer.prompt_tokens == len(ids) - 2


async def test_bert_is_bert(embedder: Worker, folder: Path) -> None:
    """Not only what mlx-embeddings makes of it."""
    states = (bert_states(folder / "bert", ids_of(folder / "bert", text)) for text in CORPUS)
    by_hand = to_unit(np.array([pool(each, "mean") for each in states]))
    near(await vectors_of(await embedder("bert"), list(CORPUS)), by_hand)


async def test_inputs_that_come_in_several_pieces(embedder: Worker, folder: Path) -> None:
    """A character lies across the border of two."""
    link = await embedder("bert")
    blank = b" " * (2**20 - 5)
    data = blank + json.dumps(["日本語", "x"], ensure_ascii=False).encode() + b"\n" * 2**20
    near(await vectors_of(link, data), direct(folder / "bert", ["日本語", "x"]))


@dataclass(frozen=True)
class Variant:
    source: str
    changes: tuple[Change, ...]
    mode: str
    normalized: bool = True
    loadable: bool = True
    """By mlx-embeddings."""


VARIANTS = {
    "cls, by the old name": Variant(
        "bert", (pooling("cls", old=True), without_norm, cutting_tokenizer(16)), "cls", False
    ),
    "max, and a dense step": Variant(
        "bert", (pooling("max"), dense_step(40), without_norm), "max", False, loadable=False
    ),
    "two joined": Variant("bert", (pooling("max", "cls"),), "cls+max"),
    "cls against config.json": Variant("modernbert", (pooling("cls"),), "cls"),
    "trained on masked words": Variant("modernbert", (masked_lm, pooling("mean")), "mean"),
    "mean of a decoder": Variant("qwen3", (pooling("mean", old=True),), "mean"),
    "a decoder alone": Variant("qwen3", (without_steps,), "lasttoken"),
    "last token, and dense steps apart": Variant(
        "gemma3_text", (pooling("lasttoken"), dense_apart, without_norm), "lasttoken", False
    ),
}


async def test_vectors_are_pooled_as_the_checkpoint_says(folder: Path, tmp_path: Path) -> None:
    paths = {
        name: varied(folder / each.source, tmp_path / name, *each.changes)
        for name, each in VARIANTS.items()
    }
    texts = [*CORPUS, "Hello"]
    wrong = []
    async with workers(*paths.values()) as links:
        for link, (name, each) in zip(links, VARIANTS.items(), strict=True):
            states_of = None if each.loadable else folder / each.source
            raw = pooled(paths[name], texts, each.mode, unit=False, states_of=states_of)
            own = to_unit(raw) if each.normalized else raw
            try:
                near(await vectors_of(link, texts), to_unit(raw))
                near(await vectors_of(link, texts, normalize=False), own)
                near(await vectors_of(link, texts, dimensions=5), to_unit(raw[:, :5]))
                cut = to_unit(raw[:, :5]) if each.normalized else raw[:, :5]
                near(await vectors_of(link, texts, dimensions=5, normalize=False), cut)
            except (AssertionError, MLXJupyterError) as error:
                wrong.append(f"{name}: {str(error).splitlines()[0]}")
    assert not wrong


async def test_half_precision_is_near_and_always_a_number(folder: Path, tmp_path: Path) -> None:
    """ModernBERT's windows leave padding that is far from the text with nothing to look at."""
    texts = ["x", *CORPUS, "the " * 60]
    names = ("modernbert-ranker", "modernbert", "qwen3", "gemma3_text")
    paths = [varied(folder / name, tmp_path / name, half) for name in names]
    async with workers(*paths) as (ranker, *links):
        for path, link in zip(paths[1:], links, strict=True):
            near(await vectors_of(link, texts), direct(path, texts), within=0.01)
        expected = scores(paths[0], "x", texts)[:, np.newaxis]
        near(await vectors_of(ranker, texts, query="x"), expected, within=0.01)


# --- prompts --------------------------------------------------------------------------------------


async def test_prompts_go_before_texts(embedder: Worker, folder: Path) -> None:
    for family, before in {
        "qwen3": {"query": "What is asked\nQuery:", "document": ""},
        "gemma3_text": {
            "query": "task: search result | query: ",
            "document": "title: none | text: ",
        },
        "bert": {"query": "", "document": ""},
    }.items():
        link = await embedder(family)
        near(await vectors_of(link, list(CORPUS)), direct(folder / family, CORPUS))
        for name, prompt in before.items():
            whole = [prompt + text for text in CORPUS]
            answer = await embed(link, list(CORPUS), input_type=name)
            near(answer.vectors, direct(folder / family, whole))
            tokens = sum(len(ids_of(folder / family, text)) for text in whole)
            assert answer.prompt_tokens == tokens


async def test_the_default_prompt_and_the_length_are_the_checkpoints(
    folder: Path, tmp_path: Path
) -> None:
    named = prompts(query="red ", document="user ", story="hello ", default="story")
    path = varied(folder / "bert", tmp_path / "a", named, max_tokens(40))
    apart = edit("1_Pooling/config.json", include_prompt=False)
    without = varied(path, tmp_path / "b", apart)
    async with workers(path, without) as (link, skipping):
        with_default = [f"hello {text}" for text in CORPUS]
        near(await vectors_of(link, list(CORPUS)), direct(path, with_default))
        as_query = direct(path, [f"red {text}" for text in CORPUS])
        near(await vectors_of(link, list(CORPUS), input_type="query"), as_query)
        skipped = pooled(without, with_default, skipped_tokens=2)
        near(await vectors_of(skipping, list(CORPUS)), skipped)
        with pytest.raises(InvalidRequest, match=r"query.*document.*story") as refused:
            await embed(link, "x", input_type="poem")
        assert refused.value.param == "input_type"
        with pytest.raises(InvalidRequest, match=r"input\[0\].*\b40\b"):
            await embed(link, ["red " * 40])
        long = "Paris is the capital of France. " * 9
        cut = [ids_of(path, f"hello {long}", 40)]
        near(await vectors_of(link, [long], truncate=True), direct(path, cut))


async def test_token_ids_are_taken_as_they_are(folder: Path, tmp_path: Path) -> None:
    """A prompt is for texts: that of the checkpoint's own choice does not go before ids, and one
    that is asked for cannot."""
    named = prompts(story="hello ", default="story")
    path = varied(folder / "bert", tmp_path / "a", named)
    async with workers(path) as (link,):
        ids = [[5, 6, 7], [8]]
        near(await vectors_of(link, ids), direct(path, ids))
        with pytest.raises(InvalidRequest, match="prompt"):
            await embed(link, ids, input_type="story")


async def test_without_prompts_only_query_and_document_are_names(embedder: Worker) -> None:
    with pytest.raises(InvalidRequest, match=r"query.*document") as refused:
        await embed(await embedder("bert"), "x", input_type="story")
    assert refused.value.param == "input_type"


# --- lengths --------------------------------------------------------------------------------------


NO_BOUND = {"max_position_embeddings": 10**6}


@pytest.mark.parametrize("family", list(FAMILIES))
async def test_what_is_too_long_is_refused_or_cut(
    embedder: Worker, folder: Path, family: str
) -> None:
    link = await embedder(family)
    full = [7] * CONTEXT
    near(await vectors_of(link, [full]), direct(folder / family, [full]))
    long = "Paris is the capital of France. " * 40
    tokens = len(ids_of(folder / family, long))
    with pytest.raises(InvalidRequest, match=rf"input\[3\].*\b{tokens}\b.*\b{CONTEXT}\b") as error:
        await embed(link, ["a", "b", "c", long, "d", long])
    assert error.value.param == "input"
    with pytest.raises(InvalidRequest, match=rf"input\[1\].*\b{CONTEXT + 1}\b.*\b{CONTEXT}\b"):
        await embed(link, [full, [*full, 8]])
    cut = ids_of(folder / family, long, CONTEXT)
    assert cut[-1] == ids_of(folder / family, long)[-1]
    answer = await embed(link, ["a", long], truncate=True)
    near(answer.vectors, direct(folder / family, ["a", cut]))
    assert answer.prompt_tokens == CONTEXT + len(ids_of(folder / family, "a"))
    near(await vectors_of(link, [[*full, 8]], truncate=True), direct(folder / family, [full]))


async def test_a_text_is_bounded_by_the_memory_of_its_scores(folder: Path, tmp_path: Path) -> None:
    """4 GB for 4 heads, whatever the config says; nothing is computed."""
    path = varied(folder / "qwen3", tmp_path / "long", edit("config.json", **NO_BOUND))
    async with workers(path) as (link,):
        with pytest.raises(InvalidRequest, match=r"15812 tokens.* at most 15811\b"):
            await embed(link, [[7] * 15812])


async def test_the_memory_is_known_after_a_request_of_one_step(embedder: Worker) -> None:
    link = await embedder("bert")
    reported = asyncio.Event()
    link.on_report = reported.set
    await embed(link, ["a"])
    async with asyncio.timeout(10):
        await reported.wait()
    link.on_report = None


async def test_what_is_no_number_is_an_error(folder: Path, tmp_path: Path) -> None:
    async with workers(varied(folder / "bert", tmp_path / "damaged", damaged)) as (link,):
        with pytest.raises(MLXJupyterError, match="no numbers"):
            await embed(link, ["a", "b c"])
        with pytest.raises(MLXJupyterError, match="no numbers"):
            await embed(link, ["a"], query="b")


async def test_requests_that_come_together_are_computed_together(embedder: Worker) -> None:
    link = await embedder("bert")
    with listening(link) as heard:
        await asyncio.gather(*(embed(link, [[7, at]]) for at in range(32)))
        steps = [step for step in heard() if step]
        assert sum(map(len, steps)) == 32
        assert len(steps) < 8


async def test_megabytes_of_text_are_refused_or_cut_at_once(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert")
    long = "hello world " * 300_000
    with pytest.raises(InvalidRequest, match=rf"input\[1\].*\b{CONTEXT}\b"):
        await embed(link, ["a", long])
    near(
        await vectors_of(link, long, truncate=True),
        direct(folder / "bert", [ids_of(folder / "bert", long[:4000], CONTEXT)]),
    )


# --- what is wrong with a request -----------------------------------------------------------------

REFUSED: dict[str, tuple[object, str]] = {
    "no text": ("", r"input\[0\]"),
    "an empty text": (["a", "", "b"], r"input\[1\]"),
    "nothing": ([], "empty"),
    "no ids": ([[]], r"input\[0\]"),
    "a list without ids": ([[5], [6], []], r"input\[2\]"),
    "ids after texts": (["a", [5]], r"input\[1\]"),
    "a number after texts": (["a", "b", 5], r"input\[2\]"),
    "a text after ids": ([[5], "a"], r"input\[1\]"),
    "a list after numbers": ([5, [5]], r"input\[1\]"),
    "a negative id": ([[5], [5, -1]], r"input\[1\].*-1"),
    "a negative id alone": ([-1], r"input\[0\].*-1"),
    "an id behind the last": ([[206]], r"input\[0\].*206"),
    "a number of no integer type": ([[2**70]], r"input\[0\]|JSON|range"),
    "an object": ({"text": "a"}, "text"),
    "null": (None, "text"),
    "a number": (12, "text"),
    "a truth": (True, "text"),
    "a truth among ids": ([[True]], "text"),
    "a null among texts": (["a", None], r"input"),
    "a fraction": ([[5, 1.5]], r"input"),
    "texts among ids": ([["a"]], r"input"),
    "lists of lists": ([[[5]]], r"input"),
    "half of JSON": (b'["a", "b', "JSON"),
    "no JSON": (b"a", "JSON"),
    "nothing at all": (b"", "JSON"),
    "no UTF-8": (b'["\xff\xfe"]', "."),
    "half a character": (b'["\\ud83d"]', "."),
    "too many": ([[5]] * 100_001, r"100[,_]?001.*100[,_]?000"),
}


async def test_what_is_wrong_with_the_input_is_said(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert")
    wrong = []
    for name, (inputs, words) in REFUSED.items():
        neighbour = asyncio.create_task(vectors_of(link, "hello"))
        try:
            with pytest.raises(InvalidRequest, match=words) as refused:
                await embed(link, inputs)
            assert refused.value.param == "input"
        except (AssertionError, MLXJupyterError) as error:
            wrong.append(f"{name}: {str(error).splitlines()[0]}")
        near(await neighbour, direct(folder / "bert", ["hello"]))
    assert not wrong


async def test_more_dimensions_than_there_are_is_refused(embedder: Worker) -> None:
    link = await embedder("bert")
    with pytest.raises(InvalidRequest, match=rf"\b{WIDTH}\b.*\b{WIDTH + 1}\b") as refused:
        await embed(link, "x", dimensions=WIDTH + 1)
    assert refused.value.param == "dimensions"
    assert (await vectors_of(link, "x", dimensions=WIDTH)).shape == (1, WIDTH)


async def test_a_model_does_what_its_kind_does(embedder: Worker) -> None:
    sampling = Sampling(seed=0)
    request = Generate(id=0, sampling=sampling, messages=[{"role": "user", "content": "hi"}])
    with (await embedder("bert")).generate(request) as stream, pytest.raises(WrongKind):
        await stream.take()
    chat = await start(MODELS["demo/chat"])
    try:
        with pytest.raises(WrongKind):
            await embed(chat, "hi")
        with chat.generate(request) as stream:
            assert await stream.take()
    finally:
        await chat.stop()
    with pytest.raises(WrongKind, match="rank"):
        await embed(await embedder("bert-ranker"), "hi")


# --- ranking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["bert", "qwen3", "gemma3_text"])
async def test_an_embedding_model_ranks_by_the_cosine(
    embedder: Worker, folder: Path, family: str
) -> None:
    file = folder / family / "config_sentence_transformers.json"
    named = json.loads(file.read_text())["prompts"] if file.exists() else {}
    query = named.get("query", "") + CORPUS[3]
    documents = [named.get("document", "") + text for text in CORPUS]
    asked, *known = direct(folder / family, [query, *documents])
    link = await embedder(family)
    answer, beside = await asyncio.gather(
        embed(link, list(CORPUS), query=CORPUS[3], normalize=False), embed(link, "beside")
    )
    near(answer.vectors, (np.array(known) @ asked)[:, np.newaxis])
    near(beside.vectors, direct(folder / family, ["beside"]))
    assert answer.prompt_tokens == sum(
        len(ids_of(folder / family, text)) for text in [query, *documents]
    )


async def test_dimensions_of_a_ranking_are_those_of_its_vectors(
    embedder: Worker, folder: Path
) -> None:
    link = await embedder("bert")
    asked, *known = to_unit(direct(folder / "bert", [CORPUS[3], *CORPUS])[:, :9])
    found, beside = await asyncio.gather(
        vectors_of(link, list(CORPUS), query=CORPUS[3], dimensions=9), vectors_of(link, "beside")
    )
    near(beside, direct(folder / "bert", ["beside"]))
    near(found, (np.array(known) @ asked)[:, np.newaxis])


async def test_a_query_that_is_too_long_is_refused_or_cut(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert")
    long = "Paris is the capital of France. " * 40
    with pytest.raises(InvalidRequest, match=rf"query.*\b{CONTEXT}\b"):
        await embed(link, ["a"], query=long)
    asked, known = direct(folder / "bert", [ids_of(folder / "bert", long, CONTEXT), "a"])
    near(await vectors_of(link, "a", query=long, truncate=True), (asked @ known).reshape(1, 1))


@pytest.mark.parametrize("ranker", list(RANKERS))
async def test_a_ranker_scores_pairs(embedder: Worker, folder: Path, ranker: str) -> None:
    link = await embedder(ranker)
    documents = [*CORPUS, "x", "word " * 20, CORPUS[0]]
    queries = [CORPUS[3], "x"]
    answers = await asyncio.gather(*(embed(link, documents, query=query) for query in queries))
    for query, answer in zip(queries, answers, strict=True):
        expected = scores(folder / ranker, query, documents)
        near(answer.vectors, expected[:, np.newaxis])
        pairs = [encode(folder / ranker, query, document) for document in documents]
        assert answer.prompt_tokens == sum(len(pair.ids) for pair in pairs)


async def test_a_ranker_is_bert_with_a_label(embedder: Worker, folder: Path) -> None:
    """Not only what mlx-vlm makes of it."""
    found = await vectors_of(await embedder("bert-ranker"), list(CORPUS), query="What is MLX?")
    near(found[:, 0], bert_scores(folder / "bert-ranker", "What is MLX?", CORPUS))


async def test_a_pair_that_is_too_long_is_refused_or_cut(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert-ranker")
    query, long = "What is the capital of France?", "Paris is the capital of France. " * 40
    with pytest.raises(InvalidRequest, match=rf"\[1\].*\b{CONTEXT}\b"):
        await embed(link, ["a", long], query=query)
    expected = scores(folder / "bert-ranker", query, ["a", long], CONTEXT)
    answer = await embed(link, ["a", long], query=query, truncate=True)
    near(answer.vectors, expected[:, np.newaxis])


async def test_a_ranker_takes_no_token_ids(embedder: Worker) -> None:
    with pytest.raises(InvalidRequest):
        await embed(await embedder("bert-ranker"), [[5, 6]], query="x")


# --- turns ----------------------------------------------------------------------------------------


async def test_a_small_request_overtakes_a_large_one(embedder: Worker, folder: Path) -> None:
    link = await embedder("bert")
    texts = [f"{number} {number % 9}" for number in range(5000)]
    with ask(link, texts) as large:
        near(await vectors_of(link, "hello"), direct(folder / "bert", ["hello"]))
        assert not large.done
        whole = await collect(large)
    places = [*range(0, 5000, 499), 4095, 4096, 4999]
    near(whole.vectors[places], direct(folder / "bert", [texts[at] for at in places]))


async def test_a_small_request_overtakes_one_that_is_being_computed(
    embedder: Worker, folder: Path
) -> None:
    link = await embedder("bert")
    with ask(link, ["red " * 60] * WINDOW_ROWS) as large:
        await until(large, Joined)
        near(await vectors_of(link, "hello"), direct(folder / "bert", ["hello"]))
        assert large.empty


@contextmanager
def listening(link: WorkerLink) -> Iterator[Callable[[], list[list[Vectors]]]]:
    """All vectors that come from the process, whoever they are for, step by step."""
    heard = bytearray()
    receive = link.data_received

    def listen(data: bytes) -> None:
        heard.extend(data)
        receive(data)

    def vectors() -> list[list[Vectors]]:
        events = event_frames(bytearray(heard))
        return [list(event.vectors) for event in events if isinstance(event, Step)]

    link.data_received = listen  # type: ignore[method-assign]
    try:
        yield vectors
    finally:
        del link.data_received


async def let_step(link: WorkerLink, steps: int) -> int:
    """Small requests take a step each at least, and the others' turns come between them."""
    for _ in range(steps):
        await vectors_of(link, [[7]])
    return steps


async def test_no_more_than_two_windows_are_computed_ahead_of_the_reader(
    embedder: Worker, folder: Path
) -> None:
    link = await embedder("bert")
    table = direct(folder / "bert", [[number] for number in range(50)])
    ids = [[number % 50] for number in range(3 * WINDOW_ROWS + 100)]
    with listening(link) as heard, ask(link, ids) as stream:
        own = await let_step(link, 100)
        assert sum(item.rows for step in heard() for item in step) - own == 2 * WINDOW_ROWS
        whole = await collect(stream)
    assert whole.prompt_tokens == len(ids)
    near(whole.vectors, table[[number for (number,) in ids]])


async def until(stream: Stream, kind: type[Joined | Vectors] | None) -> None:
    while kind is not None and not any(isinstance(item, kind) for item in await stream.take()):
        pass


@pytest.mark.parametrize("kind", [None, Joined, Vectors])
async def test_of_a_cancelled_request_nothing_more_comes(
    embedder: Worker, folder: Path, kind: type[Joined | Vectors] | None
) -> None:
    """Before it is read, in the midst, and while its reader is slow."""
    link = await embedder("bert")
    texts = [f"red {number}" for number in range(2 * WINDOW_ROWS)]
    with listening(link) as heard:
        with ask(link, texts) as stream:
            await until(stream, kind)
        # What was on its way when the cancel went out is here before this answer.
        near(await vectors_of(link, "hello"), direct(folder / "bert", ["hello"]))
        before = sum(item.rows for step in heard() for item in step)
        own = await let_step(link, 100)
        assert sum(item.rows for step in heard() for item in step) - own == before
    assert before < len(texts)


async def test_requests_come_and_go(embedder: Worker, folder: Path) -> None:
    """Whoever stays gets what is right, whoever leaves whenever."""
    link = await embedder("modernbert")
    dice = random.Random(5)
    table = direct(folder / "modernbert", CORPUS)

    async def one(places: list[int], leaves: bool) -> None:
        stream = ask(link, [CORPUS[at] for at in places])
        if leaves:
            with stream:
                await until(stream, dice.choice([None, Joined, Vectors]))
        else:
            near((await collect(stream)).vectors, table[places])

    for _ in range(3):
        sizes = [int(500 ** dice.random()) for _ in range(12)]
        requests = [
            (dice.choices(range(len(CORPUS)), k=size), dice.random() < 0.4) for size in sizes
        ]
        await asyncio.gather(*(one(places, leaves) for places, leaves in requests))


async def test_many_small_requests_at_once(embedder: Worker, folder: Path) -> None:
    link = await embedder("qwen3")
    texts = [f"{text} {number}" for number in range(8) for text in CORPUS]
    found = await asyncio.gather(*(vectors_of(link, text) for text in texts))
    near(np.concatenate(found), direct(folder / "qwen3", texts))


async def test_the_demo_model_finds_the_answer() -> None:
    async with workers(MODELS["demo/embed"]) as (link,):
        answers = ["The capital of France is Paris.", "A cat drinks milk.", "MLX is a framework."]
        found = await vectors_of(link, answers, query="What is the capital of France?")
    assert found.argmax() == 0
