from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigList, DeferredConfigString

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
    assert (made.prompt_cache, made.prompt_cache_dir, made.kv_bits) == ("10%", None, None)
    assert (made.draft_models, made.float32) == ({}, "auto")


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
        prompt_cache="2GB",
        kv_bits="8",
        float32="ON",
    )
    assert (made.memory_limit, made.keep_alive, made.max_models) == ("1000000", "-1", 2)
    assert (made.queue_timeout, made.eviction_policy) == (1.5, "smart")
    assert made.allow_downloads is False
    assert (made.preload, made.trust_remote_code) == (["a", "b"], ["org/name"])
    assert (made.prompt_cache, made.kv_bits, made.float32) == ("2GB", 8, "on")


# traitlets would rather have `--MLXJupyter.model_kinds a=text`, and says so.
@pytest.mark.filterwarnings("ignore:.* for dict-traits is deprecated:DeprecationWarning")
def test_an_object_is_typed_as_json() -> None:
    made = typed(model_kinds='{"a": "text"}', draft_models='{"a": "b"}')
    assert (made.model_kinds, made.draft_models) == ({"a": "text"}, {"a": "b"})


def test_an_object_is_typed_pair_by_pair() -> None:
    kinds = DeferredConfigList(["a=text", "b=vision"])
    assert app(model_kinds=kinds).model_kinds == {"a": "text", "b": "vision"}


@pytest.mark.parametrize("value", ["10%", "2GB", 0, "0", "off", 10**9])
def test_a_prompt_cache_is_a_share_a_size_or_none(value: str | float) -> None:
    assert app(prompt_cache=value).prompt_cache == value


@pytest.mark.parametrize("value", ["", "much", "110%", -1])
def test_what_is_no_prompt_cache_is_refused(value: Any) -> None:
    with pytest.raises(TraitError, match="prompt_cache"):
        app(prompt_cache=value)


def test_a_folder_for_prompts_is_one_or_can_become_one(tmp_path: Path) -> None:
    assert app(prompt_cache_dir=str(tmp_path / "new")).prompt_cache_dir == str(tmp_path / "new")
    assert app(prompt_cache_dir="").prompt_cache_dir is None
    (tmp_path / "file").touch()
    with pytest.raises(TraitError, match="is not a folder"):
        app(prompt_cache_dir=str(tmp_path / "file"))


@pytest.mark.parametrize(
    "traits",
    [
        {"eviction_policy": "newest"},
        {"max_models": -1},
        {"max_queue": -1},
        {"queue_timeout": -1.0},
        {"model_kinds": {"a": "smell"}},
        {"kv_bits": 5},
        {"draft_models": {"a": ""}},
        {"float32": "maybe"},
    ],
)
def test_what_makes_no_sense_is_refused(traits: dict[str, Any]) -> None:
    with pytest.raises(TraitError):
        app(**traits)
