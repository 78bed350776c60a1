"""The text engine in a real worker process, with real tiny checkpoints."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import ContextExceeded, InvalidRequest
from mlx_jupyter.messages import Delta, Generate, Joined, Prefill, Sampling
from tests.models import TRAINED
from tests.reference import greedy
from tests.worker.asking import ask, read, request
from tests.worker.conftest import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = [
    "What is MLX?",
    "Hi",
    "Tell me about pins, please, and about memory, in one or two sentences.",
    "1 2 3",
    "日本語で答えて",
    "def add(a, b):",
    "What is a token? " * 8,
    "Naïve café 😀",
]
HOT = {"temperature": 1.3, "top_p": 0.95}


@pytest.mark.parametrize("family", ["llama", "qwen3", "mistral", "gemma2"])
async def test_greedy_text_is_mlx_lms_alone_and_in_a_batch_of_eight(
    worker: Worker, checkpoints: Path, family: str
) -> None:
    chats = [[{"role": "user", "content": question}] for question in QUESTIONS]
    expected = await asyncio.to_thread(greedy, checkpoints / family, chats, 24)
    link = await worker(family)
    alone = [await ask(link, question, max_tokens=24) for question in QUESTIONS]
    batch = await asyncio.gather(*(ask(link, question, max_tokens=24) for question in QUESTIONS))
    for got in (alone, batch):
        assert [one.text for one in got] == [one.text for one in expected]
        assert [one.choices[0].tokens for one in got] == [one.tokens for one in expected]
        assert [one.prompt_tokens for one in got] == [one.prompt_tokens for one in expected]
        assert [one.finish for one in got] == [one.finish for one in expected]


ENDS = {
    "llama": ("trained/llama", "<|eot_id|>"),
    "mistral": ("trained/mistral", "</s>"),
    "gemma": ("trained/gemma3_text", "<end_of_turn>"),
    "qwen": (str(MODELS["demo/chat"]), "<|im_end|>"),
}


@pytest.mark.parametrize("family", list(ENDS))
async def test_a_trained_model_ends_its_turn_by_itself(worker: Worker, family: str) -> None:
    name, end = ENDS[family]
    answer = await ask(await worker(name), "What is MLX?")
    assert answer.finish == "stop"
    assert answer.text.startswith("MLX is")
    assert end not in answer.text
    assert "<" not in answer.text


async def test_the_familys_end_of_turn_counts_where_the_config_names_none(
    worker: Worker, tmp_path: Path
) -> None:
    for file in TRAINED["llama"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "generation_config.json").unlink()
    for name in ("config.json", "tokenizer_config.json"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace('"eos_token', '"not_eos_token'))
    answer = await ask(await worker(str(tmp_path)), "What is MLX?", max_tokens=60)
    assert answer.finish == "stop"
    assert "<|eot_id|>" not in answer.text


async def test_the_same_seed_gives_the_same_text_alone_and_in_a_batch(worker: Worker) -> None:
    link = await worker("qwen3")
    options = [Sampling(seed=seed, **HOT) for seed in range(8)]
    alone = [await ask(link, "Hello", sampling=one, max_tokens=20) for one in options]
    batch = await asyncio.gather(
        *(ask(link, "Hello", sampling=one, max_tokens=20) for one in options),
        ask(link, "someone else, greedy", max_tokens=30),
    )
    assert [one.text for one in batch[:8]] == [one.text for one in alone]
    assert len({one.text for one in alone}) == 8


@pytest.mark.parametrize("nothing_left", [{"temperature": 0.0}, {"top_p": 0.0}, {"top_k": 1}])
async def test_a_zero_is_a_zero(worker: Worker, nothing_left: dict[str, float]) -> None:
    link = await worker("llama")
    greedy_text = (await ask(link, "Hello", max_tokens=12)).text
    sampling = Sampling(seed=3, **({"temperature": 1.5} | nothing_left))  # type: ignore[arg-type]
    assert (await ask(link, "Hello", sampling=sampling, max_tokens=12)).text == greedy_text


async def test_the_checkpoints_own_sampling_is_the_default(worker: Worker) -> None:
    """generation_config.json of these checkpoints says do_sample: false."""
    link = await worker("llama")
    unset = await ask(link, "Hello", sampling=Sampling(seed=9), max_tokens=12)
    assert unset.text == (await ask(link, "Hello", max_tokens=12)).text


async def test_stop_cuts_before_the_text_and_across_tokens(worker: Worker) -> None:
    link = await worker(str(MODELS["demo/chat"]))
    whole = (await ask(link, "What is MLX?")).text
    stop = whole[7:13]
    answer = await ask(link, "What is MLX?", stop=("never said", stop))
    assert answer.text == whole[: whole.index(stop)]
    assert answer.finish == "stop"


async def test_a_partial_stop_text_at_the_end_is_not_lost(worker: Worker) -> None:
    link = await worker(str(MODELS["demo/chat"]))
    whole = (await ask(link, "What is MLX?")).text
    answer = await ask(link, "What is MLX?", stop=(whole[-3:] + " and more",))
    assert answer.text == whole


async def test_max_tokens_is_exact_and_says_length(worker: Worker) -> None:
    answer = await ask(await worker("llama"), "Hello", max_tokens=5)
    assert (answer.choices[0].tokens, answer.finish) == (5, "length")


async def test_choices_differ_and_share_one_prefill(worker: Worker) -> None:
    link = await worker("qwen3")
    sampling = Sampling(seed=1, **HOT)
    answer = await ask(link, "Hello there", sampling=sampling, n=5, max_tokens=16)
    assert sorted(answer.choices) == [0, 1, 2, 3, 4]
    assert len({choice.text for choice in answer.choices.values()}) == 5
    assert len(answer.prefills) == 1
    alone = await ask(link, "Hello there", sampling=sampling, max_tokens=16)
    assert alone.text == answer.text


async def test_greedy_choices_are_all_the_greedy_text(worker: Worker) -> None:
    link = await worker("gemma2")
    single = await ask(link, "Say it", max_tokens=10)
    many = await ask(link, "Say it", n=4, max_tokens=10)
    assert {choice.text for choice in many.choices.values()} == {single.text}
    assert [choice.tokens for choice in many.choices.values()] == [10] * 4


async def test_logprobs_are_f32_probabilities_of_the_text(worker: Worker) -> None:
    link = await worker(str(MODELS["demo/chat"]))
    answer = await ask(link, "What is MLX?", top_logprobs=20)
    logprobs = answer.choices[0].logprobs
    assert "".join(one.text for one in logprobs) == answer.text
    for one in logprobs:
        assert one.logprob == one.top[0][1] == max(value for _, value in one.top)
        assert sum(math.exp(value) for _, value in one.top) <= 1 + 1e-5


async def test_logprobs_of_a_text_that_is_cut_off_are_not_sent(worker: Worker) -> None:
    link = await worker(str(MODELS["demo/chat"]))
    answer = await ask(link, "What is MLX?", top_logprobs=0, stop=("framework",))
    assert answer.text.startswith("".join(one.text for one in answer.choices[0].logprobs))


async def test_a_biased_token_is_said_and_a_banned_one_is_not(worker: Worker) -> None:
    link = await worker("llama")
    plain = await ask(link, "Hello", max_tokens=1, top_logprobs=0)
    loved = Sampling(seed=0, temperature=0.0, logit_bias={65: 100.0})
    answer = await ask(link, "Hello", max_tokens=3, sampling=loved)
    assert len(set(answer.text)) == 1
    assert answer.text != plain.text * 3


async def test_presence_penalty_counts_the_answer_and_not_the_prompt(worker: Worker) -> None:
    link = await worker("llama")
    plain = await ask(link, "Hello Hello Hello", max_tokens=1)
    punished = Sampling(seed=0, temperature=0.0, presence_penalty=2.0, frequency_penalty=2.0)
    first = await ask(link, "Hello Hello Hello", max_tokens=1, sampling=punished)
    assert first.text == plain.text
    two = {65: 100.0, 66: 100.0}
    loved = Sampling(seed=0, temperature=0.0, logit_bias=two, frequency_penalty=2.0)
    answer = await ask(link, "Hello", max_tokens=16, sampling=loved)
    assert len(set(answer.text)) == 2


async def test_a_prompt_of_token_ids_is_taken_as_it_is(worker: Worker) -> None:
    link = await worker("llama")
    by_ids = Generate(0, Sampling(0, 0.0), prompt=[5, 6, 7], max_tokens=4)
    answer = await read(link.generate(by_ids))
    assert (answer.prompt_tokens, answer.choices[0].tokens) == (3, 4)


BAD = {
    "ids outside the vocabulary": Generate(0, Sampling(0), prompt=[10**6]),
    "an empty prompt": Generate(0, Sampling(0), prompt=[]),
    "a biased token outside the vocabulary": Generate(
        0, Sampling(0, logit_bias={10**6: 1.0}), prompt="x"
    ),
    "roles that the template does not take": request("x", template_options={"messages": 1}),
}


@pytest.mark.parametrize("why", list(BAD))
async def test_a_bad_request_fails_alone(worker: Worker, why: str) -> None:
    link = await worker("llama")
    good = asyncio.create_task(ask(link, "Hello", max_tokens=20))
    with pytest.raises(InvalidRequest):
        await read(link.generate(BAD[why]))
    assert (await good).choices[0].tokens == 20


async def test_more_than_the_context_is_refused_with_the_numbers(worker: Worker) -> None:
    link = await worker("llama")
    with pytest.raises(ContextExceeded, match="context is 2048 tokens"):
        await ask(link, "word " * 3000)
    with pytest.raises(ContextExceeded, match="Ask for at most"):
        await ask(link, "word", max_tokens=2048)


async def test_requests_join_a_running_batch(worker: Worker) -> None:
    link = await worker("qwen3")
    with link.generate(request("first", max_tokens=400)) as first:
        while not any(isinstance(item, Delta) for item in await first.take()):
            pass
        second = await ask(link, "second", max_tokens=5)
        assert second.choices[0].tokens == 5
        assert not first.done


async def test_twice_the_batch_is_served_in_order_of_arrival(worker: Worker) -> None:
    link = await worker("qwen3")
    order: list[int] = []

    async def one(place: int) -> None:
        await ask(link, "same", max_tokens=8)
        order.append(place)

    await asyncio.gather(*(one(place) for place in range(32)))
    assert set(order[:16]) == set(range(16))


async def test_cancelling_frees_the_place_in_prefill_and_decoding(worker: Worker) -> None:
    link = await worker("llama")
    for wanted in (Joined, Prefill, Delta):
        with link.generate(request("a " * 1200, max_tokens=400)) as stream:
            while not any(isinstance(item, wanted) for item in await stream.take()):
                pass
        assert await link.ping(10)
    answer = await ask(link, "Hello", max_tokens=4)
    assert answer.choices[0].tokens == 4


async def test_a_request_that_waits_for_a_place_is_cancelled_too(worker: Worker) -> None:
    link = await worker("qwen3")
    running = [asyncio.create_task(ask(link, "long", max_tokens=60)) for _ in range(16)]
    await asyncio.sleep(0)
    with link.generate(request("too late", max_tokens=60)) as queued:
        while not any(isinstance(item, Joined) for item in await queued.take()):
            pass
    answers = await asyncio.gather(*running)
    assert {answer.choices[0].tokens for answer in answers} == {60}


async def test_prefill_goes_in_chunks_that_a_cancel_can_come_between(worker: Worker) -> None:
    answer = await ask(await worker("llama"), "a " * 1200, max_tokens=1)
    done = [report.done_tokens for report in answer.prefills]
    assert all(after - before <= 512 for before, after in zip([0, *done], done, strict=False))
