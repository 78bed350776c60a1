from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.reports.dry_run import DryRunReport
from mlx_jupyter.wire.pool import PlanReport
from mlx_jupyter.wire.tokenize import TokenizedText


def plan(**facts: Any) -> PlanReport:
    given: dict[str, Any] = {"model": "b", "fits": True, "resident": True, "evict": []}
    given |= {"wait_for": [], "needed_bytes": 10**6, "available_bytes": 10**6, "pinned": []}
    given |= {"available_after_eviction_bytes": 5 * 10**6, "estimated_load_time_seconds": None}
    return PlanReport(**given | {"reason": "b is loaded.", "kv_bytes": 10**6} | facts)


def report(tokens: int | None = 412, context: int = 8192, **facts: Any) -> DryRunReport:
    asked = {name: facts.pop(name) for name in ("max_tokens", "choices", "pictures") & facts.keys()}
    counted = None
    if tokens is not None:
        counted = TokenizedText(count=tokens, max_model_len=context, tokens=[1] * tokens)
    return DryRunReport(plan(**facts), counted, **asked)


@pytest.mark.parametrize(
    ("facts", "cost"),
    [
        (
            {},
            "412 tokens of prompt, up to 4,096 of answer, 1.00 MB of keys and values with 256 of"
            " answer.",
        ),
        (
            {"max_tokens": 100},
            "412 tokens of prompt, up to 100 of answer, 1.00 MB of keys and values.",
        ),
        (
            {"context": 500},
            "412 tokens of prompt, up to 88 of answer, 1.00 MB of keys and values.",
        ),
        (
            {"max_tokens": 9, "choices": 3, "pictures": 1},
            "412 tokens of prompt (without its picture), up to 9 of each of 3 answers, 1.00 MB of"
            " keys and values.",
        ),
        ({"tokens": None}, "The prompt can be counted once b is here."),
    ],
)
def test_it_says_what_the_question_takes(facts: dict[str, Any], cost: str) -> None:
    assert report(**facts).sentences()[0] == cost


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, "b is loaded: fits."),
        ({"evict": ["a"]}, "b is loaded: would evict a."),
        (
            {"resident": False, "needed_bytes": 5 * 10**6, "estimated_load_time_seconds": 3.0},
            "b is not loaded (4.00 MB, loads in about 3.0 s): fits.",
        ),
        (
            {"resident": False, "evict": ["a", "c"], "wait_for": ["d"], "needed_bytes": 3 * 10**6},
            "b is not loaded (2.00 MB): would wait for d, in use now and evict a and c.",
        ),
        (
            {"tokens": None, "resident": False, "kv_bytes": 0},
            "b would be downloaded first (about 1.00 MB): fits.",
        ),
        (
            {"fits": False, "reason": "Too little.", "pinned": ["a"]},
            "b does not fit: Too little. Pinned: a.",
        ),
        (
            {"resident": False, "needed_bytes": 0, "reason": "b is being loaded."},
            "b is being loaded.",
        ),
    ],
)
def test_it_says_what_would_happen(facts: dict[str, Any], outcome: str) -> None:
    assert report(**facts).sentences()[1] == outcome


def test_a_prompt_longer_than_the_context_would_be_refused() -> None:
    refused = report(context=400)
    assert not refused.fits
    assert refused.sentences() == [
        "412 tokens of prompt.",
        "b would refuse it: its context is 400 tokens. Shorten the prompt.",
    ]


def test_an_answer_longer_than_what_is_left_would_be_refused() -> None:
    refused = report(context=500, max_tokens=100)
    assert not refused.fits
    assert refused.sentences()[1] == (
        "b would refuse it: its context is 500 tokens, which leaves 88 for the answer, not 100."
    )


def test_it_is_shown_as_text_and_as_html() -> None:
    bundle = report().bundle()
    assert "412 tokens" in bundle["text/plain"]
    assert "<br>b is loaded: fits." in bundle["text/html"]
    assert report().fits
