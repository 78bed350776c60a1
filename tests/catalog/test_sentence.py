from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog.sentence import Sentence, prompt_for, sentence_of
from mlx_jupyter.errors import CheckpointInvalid, InvalidRequest

TRANSFORMER = {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
DROPOUT = {"idx": 2, "path": "", "type": "sentence_transformers.models.Dropout"}
DENSE = {"idx": 2, "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
NORMALIZE = {"idx": 3, "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}
PROMPTS = {"query": "ask: ", "passage": "text: ", "song": "la "}


def write(folder: Path, name: str, value: Any) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(value))


def test_without_files_the_architecture_decides(tmp_path: Path) -> None:
    assert sentence_of(tmp_path) == Sentence()
    assert sentence_of(tmp_path).normalized


@pytest.mark.parametrize(
    ("config", "poolings"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, ("cls",)),
        ({"pooling_mode_mean_tokens": True, "word_embedding_dimension": 4}, ("mean",)),
        ({"pooling_mode_lasttoken": True}, ("lasttoken",)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, ("cls", "mean")),
        ({"pooling_mode": "max"}, ("max",)),
        ({"pooling_mode": ["mean", "max"]}, ("max", "mean")),
        ({"word_embedding_dimension": 4}, ("mean",)),
    ],
)
def test_pooling_in_both_spellings(
    tmp_path: Path, config: dict[str, Any], poolings: tuple[str, ...]
) -> None:
    write(tmp_path, "1_Pooling/config.json", config)
    assert sentence_of(tmp_path).poolings == poolings


def test_the_steps_say_what_is_dense_and_whether_vectors_are_unit(tmp_path: Path) -> None:
    write(tmp_path, "1_Pooling/config.json", {"pooling_mode": "cls", "include_prompt": False})
    write(tmp_path, "modules.json", [TRANSFORMER, POOLING, DENSE])
    found = sentence_of(tmp_path)
    assert (found.poolings, found.dense, found.normalized) == (("cls",), ("2_Dense",), False)
    assert not found.include_prompt
    write(tmp_path, "modules.json", [TRANSFORMER, POOLING, DROPOUT, DENSE, NORMALIZE])
    assert sentence_of(tmp_path).normalized


@pytest.mark.parametrize(
    ("file", "value", "words"),
    [
        ("modules.json", [TRANSFORMER, {"type": "my.WordWeights", "path": ""}], "WordWeights"),
        ("modules.json", [POOLING | {"path": "../1_Pooling"}], "not below its folder"),
        ("modules.json", [TRANSFORMER, DENSE, POOLING], "order of the steps"),
        ("modules.json", {"a": 1}, "not a list of steps"),
        ("modules.json", [1], "not a list of steps"),
        ("1_Pooling/config.json", {"pooling_mode": "median"}, "median"),
    ],
)
def test_what_is_not_known_is_named(tmp_path: Path, file: str, value: Any, words: str) -> None:
    write(tmp_path, file, value)
    with pytest.raises(CheckpointInvalid, match=words):
        sentence_of(tmp_path)


@pytest.mark.parametrize(
    ("input_type", "default", "prompt"),
    [
        (None, None, ""),
        (None, "song", "la "),
        (None, "gone", ""),
        ("query", "song", "ask: "),
        ("search_query", None, "ask: "),
        ("document", None, "text: "),
        ("search_document", None, "text: "),
        ("passage", None, "text: "),
        ("song", None, "la "),
    ],
)
def test_prompts_by_name(
    tmp_path: Path, input_type: str | None, default: str | None, prompt: str
) -> None:
    config = {"prompts": PROMPTS, "default_prompt_name": default}
    write(tmp_path, "config_sentence_transformers.json", config)
    assert prompt_for(sentence_of(tmp_path), input_type) == prompt


def test_a_query_needs_no_prompt_but_any_other_name_does() -> None:
    assert prompt_for(Sentence(), "query") == prompt_for(Sentence(), "document") == ""
    with pytest.raises(InvalidRequest, match="'song': query, document, title") as raised:
        prompt_for(Sentence(prompts={"title": "t: "}), "song")
    assert raised.value.param == "input_type"
