from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.command import parse_command


def test_nothing_is_status() -> None:
    assert parse_command("").verb == "status"


def test_a_load_pins_unless_told_otherwise() -> None:
    options = parse_command("load org/a --keep-alive 5m").options
    assert (options.model, options.pin, options.keep, options.keep_alive) == (
        *("org/a", True, False, "5m"),
    )
    assert not parse_command("load --no-pin org/a").options.pin


def test_a_negative_time_is_a_value() -> None:
    assert parse_command("load a --keep-alive -1").options.keep_alive == "-1"


def test_several_models_are_evicted_at_once() -> None:
    assert parse_command("evict a b --force").options.models == ["a", "b"]


def test_a_quoted_path_is_one_model() -> None:
    assert parse_command("plan '/models/my model'").options.model == "/models/my model"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("laod a", "'laod'. Did you mean load?"),
        ("frobnicate", "It knows: status, models, load"),
        ("load", "MODEL"),
        ("load a b", r"Unexpected: b \(%mlx load"),
        ("load a --keepalive 5m", "Unknown option: --keepalive 5m"),
        ("load a --keep-a 5m", "Unknown option: --keep-a 5m"),
        ("evict", "or say --all"),
        ("evict --all a", "or say --all"),
        ("use a --reset", "or say --reset"),
        ("switch a --policy newest", "invalid choice"),
        ("events -n x", "'x' is not a number from 1 on"),
        ("plan 'a", "No closing quotation"),
    ],
)
def test_a_mistake_is_named(line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        parse_command(line)
    assert "\n" not in str(raised.value)
