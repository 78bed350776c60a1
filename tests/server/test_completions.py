from __future__ import annotations

from typing import Any

import openai
import pytest

MODEL = "qwen3"


def test_a_text_is_continued_by_sixteen_tokens(client: openai.OpenAI) -> None:
    answer = client.completions.create(model=MODEL, prompt="Hello")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 16
    assert answer.choices[0].finish_reason == "length"


def test_several_prompts_and_choices_are_numbered_through(client: openai.OpenAI) -> None:
    prompts = ["Hello", "Good bye"]
    together = client.completions.create(model=MODEL, prompt=prompts, n=2, max_tokens=5)
    alone = [client.completions.create(model=MODEL, prompt=one, max_tokens=5) for one in prompts]
    assert [choice.index for choice in together.choices] == [0, 1, 2, 3]
    texts = [choice.text for choice in together.choices]
    assert texts == [one.choices[0].text for one in alone for _ in range(2)]
    assert together.usage is not None
    assert together.usage.prompt_tokens == sum(
        one.usage.prompt_tokens for one in alone if one.usage
    )


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    prompts = ["Hello", "Good bye"]
    whole = client.completions.create(model=MODEL, prompt=prompts, max_tokens=8)
    texts = ["", ""]
    with client.completions.create(
        model=MODEL, prompt=prompts, max_tokens=8, stream=True
    ) as stream:
        for chunk in stream:
            texts[chunk.choices[0].index] += chunk.choices[0].text
    assert texts == [choice.text for choice in whole.choices]


def test_token_ids_are_taken_as_they_are(client: openai.OpenAI) -> None:
    one = client.completions.create(model=MODEL, prompt=[5, 6, 7], max_tokens=4)
    two = client.completions.create(model=MODEL, prompt=[[5, 6, 7], [8]], max_tokens=4)
    assert one.usage is not None
    assert one.usage.prompt_tokens == 3
    assert two.choices[0].text == one.choices[0].text


def test_logprobs_are_lists_of_one_length(client: openai.OpenAI) -> None:
    answer = client.completions.create(model=MODEL, prompt="Hello", max_tokens=6, logprobs=2)
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    lists = (logprobs.tokens, logprobs.token_logprobs, logprobs.top_logprobs, logprobs.text_offset)
    assert [len(one or []) for one in lists] == [6] * 4


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", 1]}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"echo": True}, "echo"),
        ({"suffix": "x"}, "suffix"),
        ({"prompt": ["a"] * 10, "n": 13}, "prompt"),
        ({"prompt": [-1]}, "prompt[0]"),
        ({"best_of": 3}, "best_of"),
    ],
)
def test_a_bad_field_is_a_400_that_names_it(
    client: openai.OpenAI, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model=MODEL, **({"prompt": "x"} | change))
    assert caught.value.param == param
