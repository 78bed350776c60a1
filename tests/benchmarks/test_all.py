"""The whole comparison in short: every figure is there, for every contestant. No time is judged."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.benchmarks.comparison import Bound, Comparison, lines, markdown
from tests.benchmarks.gaps import gaps, worst_gap
from tests.benchmarks.peers import KNOWN, command_of, peer
from tests.benchmarks.plot import plot
from tests.benchmarks.race import Race
from tests.benchmarks.trial import Answer, Trial, messages

ROOT = Path(__file__).parents[2]
SHORT = ["--model=llama-tiny", "--rounds=1", "--servers=direct,ours", "--scale=0.02", "--rest=0"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("all")
    command = [sys.executable, "-m", "tests.benchmarks.all", *SHORT, f"--cache={made}"]
    command += ["--parts=shared,gaps,turns,two"]
    command += [f"--out={made / 'results.md'}", f"--json={made / 'results.json'}"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return made


def test_every_comparison_has_a_figure_of_each_contestant(folder: Path) -> None:
    data = (folder / "results.json").read_bytes()
    found = msgspec.json.decode(data, type=list[Comparison])
    assert len(found) == 6
    for one in found:
        assert {name: len(values) for name, values in one.values.items()} == {
            "direct": 1,
            "ours": 1,
        }
        assert all(value > 0 for values in one.values.values() for value in values)


def test_the_table_and_the_plot_are_written(folder: Path) -> None:
    table = (folder / "results.md").read_text()
    assert "| 16 requests with one long prefix, s |" in table
    assert "![The same as ratios](results.png)" in table
    assert (folder / "results.png").read_bytes().startswith(b"\x89PNG")


def test_a_goal_is_met_by_the_median_of_the_ratios_within_a_round() -> None:
    values = {"direct": [1.0, 2.0, 10.0], "ours": [1.1, 2.2, 30.0]}
    one = Comparison("wall", "s", values, Bound(most=1.2))
    assert one.ratio("ours") == pytest.approx(1.1)
    assert one.met is True
    assert Comparison("wall", "s", values, Bound(least=1.2)).met is False
    assert Comparison("wall", "s", values).met is None


def test_a_figure_that_is_a_ratio_has_no_floor() -> None:
    one = Comparison("gap", "", {"direct": [9.0], "ours": [3.0]}, Bound(most=4), floor=None)
    assert (one.ratio("ours"), one.met) == (3.0, True)


def test_a_contestant_that_has_no_figure_has_a_dash() -> None:
    whole = Comparison("a", "s", {"direct": [1.0], "ours": [1.5]}, Bound(most=1.2))
    half = Comparison("b", "", {"ours": [2.0]})
    assert markdown([whole, half])[2:] == [
        "| a, s | 1 | 1.5 (1.50) | ≤ 1.2 | NO |",
        "| b | – | 2 |  |  |",
    ]
    assert len(lines([whole, half])) == 3


def test_the_worst_stream_is_judged_by_its_usual_gap_before_the_long_prompt() -> None:
    long = Answer(4000, 2, 1.0, 3.0, 3.1)
    calm = Answer(9, 9, 0.0, 0.5, 4.0, stamps=(0.5, 0.6, 0.7, 1.2, 3.5))
    held_up = Answer(9, 9, 0.0, 0.5, 4.0, stamps=(0.5, 0.6, 0.7, 1.5, 1.6, 4.0))
    assert gaps(calm)[0] == (0.6, pytest.approx(0.1))
    assert worst_gap([calm], long) == pytest.approx(23)
    assert worst_gap([calm, held_up], long) == pytest.approx(24)
    at_once = Answer(9, 9, 0.0, 0.5, 4.0, stamps=(0.5, 0.5, 0.5, 1.5))
    assert worst_gap([], long) == worst_gap([at_once], long) == 1.0


def test_a_conversation_is_of_user_and_assistant_in_turn() -> None:
    assert [one["role"] for one in messages(("a", "b", "c"))] == ["user", "assistant", "user"]
    assert messages("a") == [{"role": "user", "content": "a"}]


def test_each_request_may_have_its_own_time_and_length() -> None:
    trial = Trial(("a", "b"), 7, delays=(0.0, 1.5), lengths=(3, 4))
    assert [(trial.delay(at), trial.length(at)) for at in (0, 1)] == [(0.0, 3), (1.5, 4)]
    assert [(Trial(("a",), 7).delay(0), Trial(("a",), 7).length(0))] == [(0.0, 7)]


def test_peers_are_measured_beside_the_others() -> None:
    race = Race(1, "llama-tiny", ("direct",), {"x": "x serve"}, 0.5, 0.0, Path())
    assert (race.names, race.scaled(7), race.scaled(1)) == (("direct", "x"), 4, 2)


def test_a_peer_is_a_command_or_a_name_that_is_known(tmp_path: Path) -> None:
    assert command_of("x=x serve {model} --a=b", tmp_path) == ("x", "x serve {model} --a=b")
    for name in KNOWN:
        (tmp_path / name).mkdir()
        (tmp_path / name / ".installed").touch()
        assert command_of(name, tmp_path)[1].startswith(f"{tmp_path / name}/bin/")
    with pytest.raises(argparse.ArgumentTypeError, match="NAME=COMMAND"):
        peer("y")


def test_a_plot_of_many_is_drawn(tmp_path: Path) -> None:
    one = Comparison("a", "s", {"direct": [1.0], "ours": [1.5], "x": [2.0]}, Bound(most=1.2))
    plot([one, one], tmp_path / "a.png", "title")
    assert (tmp_path / "a.png").stat().st_size > 1000
