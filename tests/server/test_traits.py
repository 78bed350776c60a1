from __future__ import annotations

from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

from mlx_jupyter.server.extension import MLXJupyter


def app(**traits: Any) -> MLXJupyter:
    return MLXJupyter(config=Config({"MLXJupyter": traits}))


def typed(**traits: str) -> MLXJupyter:
    """As from a command line, where everything arrives as one text."""
    return app(**{name: DeferredConfigString(text) for name, text in traits.items()})


def test_the_defaults_are_the_documented_ones() -> None:
    made = MLXJupyter()
    assert (made.memory_limit, made.max_models, made.eviction_policy) == ("75%", 0, "lru")
    assert (made.keep_alive, made.preload, made.allow_downloads) == ("30m", [], True)
    assert (made.queue_timeout, made.max_queue, made.trust_remote_code) == (300.0, 64, [])
    assert (made.default_chat_model, made.default_vision_model) == ("demo/chat", "demo/vision")
    assert made.default_embedding_model == "demo/embed"


@pytest.mark.parametrize("value", ["50%", "24GB", "500MB", 1_000_000, 2.5e9])
def test_a_memory_limit_is_a_share_or_a_size(value: str | float) -> None:
    assert app(memory_limit=value).memory_limit == value


@pytest.mark.parametrize("value", ["", "lots", "120%", "0", -1, True, None])
def test_what_is_no_memory_limit_is_refused(value: Any) -> None:
    with pytest.raises(TraitError, match="memory_limit"):
        app(memory_limit=value)


@pytest.mark.parametrize("value", ["30m", "-1", 0, -1, 12.5])
def test_a_keep_alive_is_a_duration(value: str | float) -> None:
    assert app(keep_alive=value).keep_alive == value


def test_what_is_no_duration_is_refused_in_words() -> None:
    with pytest.raises(TraitError, match="keep_alive: 'soon' is not a duration"):
        app(keep_alive="soon")


def test_what_is_typed_on_a_command_line_is_understood() -> None:
    made = typed(
        memory_limit="1000000",
        keep_alive="-1",
        max_models="2",
        queue_timeout="1.5",
        eviction_policy="smart",
        allow_downloads="False",
        preload='["a", "b"]',
        trust_remote_code="org/name",
        model_kinds='{"a": "text"}',
    )
    assert (made.memory_limit, made.keep_alive, made.max_models) == ("1000000", "-1", 2)
    assert (made.queue_timeout, made.eviction_policy) == (1.5, "smart")
    assert made.allow_downloads is False
    assert (made.preload, made.trust_remote_code) == (["a", "b"], ["org/name"])
    assert made.model_kinds == {"a": "text"}


@pytest.mark.parametrize(
    "traits",
    [
        {"eviction_policy": "newest"},
        {"max_models": -1},
        {"max_queue": -1},
        {"queue_timeout": -1.0},
        {"model_kinds": {"a": "smell"}},
    ],
)
def test_what_makes_no_sense_is_refused(traits: dict[str, Any]) -> None:
    with pytest.raises(TraitError):
        app(**traits)
