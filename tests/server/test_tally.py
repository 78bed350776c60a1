"""What an answer's usage says of its prompt."""

from __future__ import annotations

from mlx_jupyter.messages import Delta, Joined, Prefill, Reused
from mlx_jupyter.server.tally import Tally


def test_without_a_word_of_the_worker_there_are_no_details() -> None:
    tally = Tally()
    tally.join(Joined(1, 7))
    tally.add(0, Delta(1, 0, "a", 1, "stop"))
    assert tally.usage.prompt_tokens_details is None


def test_what_was_known_of_several_prompts_adds_up() -> None:
    tally = Tally()
    for request, tokens in ((1, 5), (2, 0), (3, 6)):
        tally.join(Joined(request, 7))
        tally.reuse(Reused(request, tokens))
    details = tally.usage.prompt_tokens_details
    assert details is not None
    assert (details.cached_tokens, tally.usage.prompt_tokens) == (11, 21)


def test_a_model_that_could_have_known_it_and_did_not_says_so() -> None:
    tally = Tally()
    tally.reuse(Reused(1, 0))
    details = tally.usage.prompt_tokens_details
    assert details is not None
    assert details.cached_tokens == 0


def test_pictures_that_were_known_are_counted_beside() -> None:
    tally = Tally()
    tally.join(Joined(1, 70, image_tokens=64))
    tally.prefill(Prefill(1, 70, 70, known_image_tokens=64))
    details = tally.usage.prompt_tokens_details
    assert details is not None
    assert (details.cached_tokens, details.cached_image_tokens) == (0, 64)


def test_what_a_draft_wrote_ahead_is_told() -> None:
    tally = Tally()
    tally.add(0, Delta(1, 0, "a", 4, accepted_tokens=3, rejected_tokens=1))
    tally.add(0, Delta(1, 0, "b", 2, "stop", accepted_tokens=1, rejected_tokens=2))
    details = tally.usage.completion_tokens_details
    assert details is not None
    assert (details.accepted_prediction_tokens, details.rejected_prediction_tokens) == (4, 3)
