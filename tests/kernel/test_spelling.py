from __future__ import annotations

from argparse import ArgumentParser

import pytest

from mlx_jupyter.kernel.spelling import did_you_mean, what_is_unknown


def test_the_nearest_word_is_suggested_or_none() -> None:
    assert did_you_mean("laod", ["load", "plan"]) == " Did you mean load?"
    assert did_you_mean("frobnicate", ["load", "plan"]) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-token", "3"], "Unknown option: --max-token 3. Did you mean --max-tokens?"),
        (["--max-token=3"], "Unknown option: --max-token=3. Did you mean --max-tokens?"),
        (["-x"], "Unknown option: -x"),
        (["--max"], "Unknown option: --max. Did you mean --max-tokens?"),
        (["--cols"], "Unknown option: --cols"),
        (["a", "b"], "Unexpected: a b"),
    ],
)
def test_the_nearest_option_is_suggested(words: list[str], said: str) -> None:
    parser = ArgumentParser(add_help=False)
    parser.add_argument("--max-tokens")
    assert what_is_unknown(parser, words) == said
