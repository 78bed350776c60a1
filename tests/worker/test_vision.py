"""The vision engine in a real worker process, with real tiny checkpoints, against mlx-vlm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw
from tokenizers import Tokenizer

from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.messages import Delta, Generate, Picture, Prefill, Sampling, Schema
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.vision_models import FAMILIES, build
from tests.vision_reference import Chat, greedy
from tests.worker.asking import Whole, read
from tests.worker.conftest import Worker, start

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKENS = 16
IMAGE = {"type": "image"}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def user(*parts: dict[str, str]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


@pytest.fixture(scope="session")
def vision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vision")
    build(folder)
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three of different shapes and contents."""
    folder = tmp_path_factory.mktemp("pictures")
    files = []
    for number, size in enumerate([(80, 60), (56, 56), (60, 110)]):
        image = Image.effect_noise(size, 60 + 20 * number).convert("RGB")
        ImageDraw.Draw(image).ellipse((8, 8, 40, 40), fill=(220, 70 * number, 30))
        files.append(folder / f"{number}.png")
        image.save(files[-1])
    return files


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeing(vision: Path) -> AsyncIterator[Worker]:
    links: dict[str, WorkerLink] = {}

    async def get(family: str) -> WorkerLink:
        if family not in links:
            path = MODELS[family] if family in MODELS else vision / family
            links[family] = await start(path, kind="vision")
        return links[family]

    yield get
    await asyncio.gather(*(link.stop() for link in links.values()))


def picture(file: Path) -> Picture:
    with Image.open(file) as image:
        return Picture(0, image.width, image.height, image.convert("RGB").tobytes())


async def look(
    link: WorkerLink, messages: list[dict[str, Any]], files: Sequence[Path] = (), **fields: Any
) -> Whole:
    fields = {"sampling": Sampling(seed=0, temperature=0.0), "max_tokens": TOKENS, **fields}
    request = Generate(id=0, messages=messages, **fields)
    return await read(link.generate(request, [picture(file) for file in files]))


def chats(files: Sequence[Path]) -> list[Chat]:
    one, two, three = map(str, files)
    return [
        Chat([{"role": "user", "content": "What is MLX?"}]),
        Chat([user(IMAGE, text("What is this?"))], [one]),
        Chat([user(text("Look: "), IMAGE, text(" Which colour, which shape, and why?"))], [two]),
        Chat([user(IMAGE, IMAGE, text("Compare these two."))], [one, three]),
        Chat(
            [
                {"role": "system", "content": "You are terse."},
                user(IMAGE, text("first")),
                {"role": "assistant", "content": "A circle."},
                user(text("and now"), IMAGE),
            ],
            [three, two],
        ),
    ]


@pytest.mark.parametrize("family", list(FAMILIES))
async def test_greedy_text_is_mlx_vlms_alone_and_all_at_once(
    seeing: Worker, vision: Path, pictures: list[Path], family: str
) -> None:
    asked = chats(pictures)
    expected = await asyncio.to_thread(greedy, vision / family, asked, TOKENS)
    link = await seeing(family)
    runs = [
        lambda chat=chat: look(link, chat.messages, list(map(Path, chat.pictures)))
        for chat in asked
    ]
    alone = [await run() for run in runs]
    together = await asyncio.gather(*(run() for run in runs))
    for got in (alone, together):
        assert [one.prompt_tokens for one in got] == [one.prompt_tokens for one in expected]
        assert [one.choices[0].tokens for one in got] == [one.tokens for one in expected]
        assert [plain(one.text) for one in got] == [plain(one.text) for one in expected]


def plain(answer: str) -> str:
    """Without the half character at the end, which mlx-lm's detokenizer spells out."""
    return answer.rstrip("\ufffd").lstrip(" ")


SEVERAL = ("qwen2_5_vl", "gemma3")
"""One of each way to decode: in a batch, and one at a time."""


@pytest.mark.parametrize("family", SEVERAL)
async def test_the_same_picture_is_encoded_once(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    await link.ping(10)
    link.shed()
    question = [user(IMAGE, text("Which?"))]
    first = await look(link, question, pictures[:1])
    second = await look(link, [user(text("Again: "), IMAGE)], pictures[:1])
    assert first.image_tokens == second.image_tokens > 0
    assert (first.known_image_tokens, second.known_image_tokens) == (0, second.image_tokens)
    link.shed()
    third = await look(link, question, pictures[:1])
    assert third.known_image_tokens == 0
    assert third.text == first.text


@pytest.mark.parametrize("family", SEVERAL)
async def test_a_reading_says_what_the_features_take_and_they_are_given_back(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    link.shed()
    await look(link, [user(IMAGE, IMAGE, text("Which?"))], pictures[:2])
    await link.ping(10)
    full = link.reading
    link.shed()
    await link.ping(10)
    empty = link.reading
    assert full is not None
    assert empty is not None
    assert full.image_cache_bytes > empty.image_cache_bytes == 0
    freed_bytes = full.active_bytes - empty.active_bytes
    assert freed_bytes == pytest.approx(full.image_cache_bytes, rel=0.1)


async def test_of_large_pictures_only_the_new_one_is_encoded(
    seeing: Worker, tmp_path: Path
) -> None:
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.png")
        Image.effect_noise((56 * 16, 56 * 4), 80 + number).convert("RGB").save(files[-1])
    link = await start_large(tmp_path)
    try:
        first = await look(link, [user(IMAGE, text("one"))], files[:1])
        both = await look(link, [user(IMAGE, IMAGE, text("two"))], files)
    finally:
        await link.stop()
    assert both.image_tokens == 2 * first.image_tokens
    assert both.known_image_tokens == first.image_tokens


async def start_large(folder: Path) -> WorkerLink:
    """A model that takes pictures of a megapixel as they are."""
    build(folder, "qwen2_vl", side=1024, context=4096)
    return await start(folder / "qwen2_vl", kind="vision")


@pytest.mark.parametrize("family", SEVERAL)
async def test_several_choices_seeds_and_logprobs(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    question = [user(IMAGE, text("Tell me."))]
    hot = {"sampling": Sampling(seed=7, temperature=1.5), "top_logprobs": 2}
    alone = await look(link, question, pictures[:1], n=3, **hot)
    again, other = await asyncio.gather(
        look(link, question, pictures[:1], n=3, **hot),
        look(link, [user(IMAGE, IMAGE, text("Something longer, beside it."))], pictures[1:]),
    )
    assert {index: choice.text for index, choice in alone.choices.items()} == {
        index: choice.text for index, choice in again.choices.items()
    }
    assert len({choice.text for choice in alone.choices.values()}) == 3
    assert other.finish in ("stop", "length")
    for choice in alone.choices.values():
        assert all(len(one.top) == 2 and one.logprob <= 0 for one in choice.logprobs)


@pytest.mark.parametrize("family", SEVERAL)
async def test_penalties_see_the_whole_answer(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    """The largest bias there is, against what was said before: no token comes twice."""
    link = await seeing(family)
    strict = Sampling(seed=0, temperature=0.0, presence_penalty=2.0, repetition_penalty=1e3)
    answer = await look(
        link, [user(IMAGE, text("Say."))], pictures[:1], sampling=strict, top_logprobs=0
    )
    said = [one.text for one in answer.choices[0].logprobs if "\ufffd" not in one.text]
    assert len(said) == len(set(said))


@pytest.mark.parametrize("family", SEVERAL)
async def test_text_without_blanks_streams_a_token_at_a_time(
    seeing: Worker, vision: Path, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    token = token_without_blank(vision / family)
    forced = Sampling(seed=0, temperature=0.0, logit_bias={token: 100.0})
    answer = await look(link, [user(IMAGE, text("?"))], pictures[:1], sampling=forced, max_tokens=4)
    pieces = [piece for piece in answer.choices[0].pieces if piece]
    assert len(pieces) == 4


def token_without_blank(folder: Path) -> int:
    """Of whole characters that are not ASCII: mlx-vlm's own detokenizer holds such text back."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    texts = {number: tokenizer.decode([number]) for number in range(tokenizer.get_vocab_size())}
    return next(
        number
        for number, piece in texts.items()
        if piece.isalpha() and not piece.isascii() and "\ufffd" not in piece
    )


@pytest.mark.parametrize("family", SEVERAL)
async def test_what_cannot_be_read_is_refused_and_the_model_lives(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    with pytest.raises(InvalidRequest, match="processor refuses"):
        await look(link, [user(IMAGE, IMAGE, text("two marks, one picture"))], pictures[:1])
    with pytest.raises(MLXJupyterError):
        await look(link, [user(IMAGE, text("x " * 5000))], pictures[:1])
    neighbour = asyncio.create_task(look(link, [user(IMAGE, text("go on"))], pictures[1:2]))
    for marks in ("<|image_pad|>", "<image_soft_token>", "<start_of_image>"):
        with contextlib.suppress(MLXJupyterError):
            await look(link, [user(IMAGE, text(f"a forged mark: {marks}"))], pictures[:1])
    assert (await neighbour).finish is not None
    with pytest.raises(InvalidRequest):
        await look(link, [user(IMAGE, text("hi"))], pictures[:1], max_tokens=100_000)
    assert (await look(link, [{"role": "user", "content": "hi"}])).finish is not None


@pytest.mark.parametrize("family", SEVERAL)
async def test_a_cancelled_prefill_ends_and_its_neighbours_go_on(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    long = [user(IMAGE, text("word " * 300))]
    request = Generate(
        id=0, sampling=Sampling(seed=0, temperature=0.0), messages=long, max_tokens=500
    )
    expected = await look(link, [user(IMAGE, text("short"))], pictures[1:2])
    with link.generate(request, [picture(pictures[0])]) as stream:
        neighbour = asyncio.create_task(look(link, [user(IMAGE, text("short"))], pictures[1:2]))
        while not any(isinstance(item, Prefill | Delta) for item in await stream.take()):
            pass
    assert (await neighbour).text == expected.text
    assert await link.ping(30)


@pytest.mark.parametrize("family", ["qwen2_vl", "qwen3_vl"])
async def test_beside_a_stream_a_long_prompt_begins_with_a_small_piece_and_short_ones_pass_it(
    seeing: Worker, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    asked = [[user(text("word " * 600), IMAGE, text("?"))], [user(IMAGE, text("short"))]]
    alone = [await look(link, one, pictures[:1]) for one in asked]
    first = Generate(
        id=0, sampling=Sampling(seed=0, temperature=0.0), messages=asked[1], max_tokens=1000
    )
    with link.generate(first, [picture(pictures[1])]) as stream:
        while not any(isinstance(item, Delta) for item in await stream.take()):
            pass
        both = [look(link, one, pictures[:1]) for one in asked]
        short, long = [await each for each in asyncio.as_completed(both)]
    assert [long.text, short.text] == [one.text for one in alone]
    assert next(item.done_tokens for item in long.prefills if item.done_tokens) < 512


async def test_a_request_that_is_cancelled_before_it_is_read_leaves_nothing(
    seeing: Worker, pictures: list[Path]
) -> None:
    link = await seeing("gemma3")
    request = Generate(
        id=0,
        sampling=Sampling(seed=0, temperature=0.0),
        messages=[user(IMAGE, text("?"))],
        max_tokens=200,
    )
    with link.generate(request, [picture(pictures[0])]) as first:
        await first.take()
        for _ in range(5):
            with link.generate(request, [picture(pictures[1])]):
                pass
    again = await look(link, [user(IMAGE, text("?"))], pictures[:1])
    assert again.choices[0].tokens == TOKENS or again.finish == "stop"


async def test_the_demo_model_sees(seeing: Worker, tmp_path: Path) -> None:
    drawn = Image.new("RGB", (200, 200), (245, 245, 240))
    ImageDraw.Draw(drawn).ellipse((50, 50, 150, 150), fill=(220, 30, 30))
    drawn.save(tmp_path / "circle.png")
    link = await seeing("demo/vision")
    answer = await look(
        link, [user(IMAGE, text("What is in the picture?"))], [tmp_path / "circle.png"]
    )
    assert (answer.text, answer.finish) == ("A red circle.", "stop")
    assert len([piece for piece in answer.choices[0].pieces if piece]) > 1


@pytest.mark.parametrize("family", SEVERAL)
async def test_a_cancelled_request_gives_its_memory_back(
    vision: Path, pictures: list[Path], family: str
) -> None:
    """In prefill, waiting for its turn, and in the midst of its answer."""
    link = await start(vision / family, kind="vision")
    try:
        await look(link, [user(IMAGE, text("word " * 300))], pictures[:1])
        before = await at_rest(link)
        request = Generate(
            id=0,
            sampling=Sampling(seed=0, temperature=0.0),
            messages=[user(IMAGE, text("word " * 300))],
            max_tokens=400,
        )
        for items_taken in (1, 2, 3, 6):
            with contextlib.ExitStack() as stack:
                first, *_ = [
                    stack.enter_context(link.generate(request, [picture(pictures[0])]))
                    for _ in range(4)
                ]
                taken = 0
                while taken < items_taken:
                    taken += len(await first.take())
        assert await at_rest(link) - before < 2**20
    finally:
        await link.stop()


async def at_rest(link: WorkerLink) -> int:
    """Active bytes once everything that can be given back is."""
    link.shed()
    await link.ping(30)
    await link.ping(30)
    assert link.reading is not None
    return link.reading.active_bytes


async def test_prompts_that_wait_are_not_made_ready_before_their_turn(
    seeing: Worker, pictures: list[Path]
) -> None:
    """All the same in order, each with its own answer."""
    link = await seeing("gemma3")
    questions = [[user(IMAGE, text(f"number {number}"))] for number in range(6)]
    alone = [await look(link, question, pictures[:1]) for question in questions]
    together = await asyncio.gather(*(look(link, one, pictures[:1]) for one in questions))
    assert [one.text for one in together] == [one.text for one in alone]


async def test_a_template_without_a_place_for_pictures_is_said(
    vision: Path, pictures: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "blind"
    shutil.copytree(vision / "qwen2_vl", folder)
    plain = "{% for m in messages %}{{ m.content if m.content is string else 'x' }}{% endfor %}"
    (folder / "chat_template.jinja").write_text(plain)
    link = await start(folder, kind="vision")
    try:
        with pytest.raises(InvalidRequest, match=r"no place for pictures|processor refuses"):
            await look(link, [user(IMAGE, text("hi"))], pictures[:1])
    finally:
        await link.stop()


def think_token(folder: Path) -> int | None:
    found: int | None = Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id("<think>")
    return found


@pytest.mark.parametrize("family", ["qwen2_vl", "qwen3_vl", "gemma3", "smolvlm"])
async def test_an_answer_about_a_picture_is_held_to_a_schema(
    seeing: Worker, vision: Path, pictures: list[Path], family: str
) -> None:
    link = await seeing(family)
    mark = think_token(vision / family)
    question, free = [user(IMAGE, text("Which?"))], [user(IMAGE, text("Tell me."))]
    shape = {"type": "array", "items": {"enum": ["red", "blue"]}, "minItems": 2, "maxItems": 3}
    alone = await look(link, free, pictures[1:2])
    fits, beside = await asyncio.gather(
        look(
            link,
            question,
            pictures[:1],
            schema=Schema(json.dumps(shape)),
            sampling=Sampling(seed=1, temperature=1.5, logit_bias={mark: -100.0} if mark else {}),
            n=3,
            max_tokens=60,
        ),
        look(link, free, pictures[1:2]),
    )
    for choice in fits.choices.values():
        assert choice.finish == "stop"
        assert set(json.loads(choice.text)) <= {"red", "blue"}
    assert beside.text == alone.text


@pytest.mark.parametrize("family", ["qwen2_vl", "smolvlm"])
async def test_thoughts_about_a_picture_are_apart(
    seeing: Worker, vision: Path, pictures: list[Path], family: str
) -> None:
    """A model whose bias is to think for ever: all but the first mark is thought."""
    mark = think_token(vision / family)
    assert mark is not None
    forced = Sampling(seed=0, logit_bias={mark: 100.0})
    question = [user(IMAGE, text("Why?"))]
    answer = await look(await seeing(family), question, pictures[:1], sampling=forced, max_tokens=4)
    (choice,) = answer.choices.values()
    assert (choice.reasoning, choice.text) == ("<think>" * 3, "")
    assert (choice.reasoning_tokens, choice.finish) == (4, "length")
