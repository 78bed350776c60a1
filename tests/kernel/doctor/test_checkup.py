"""`%mlx doctor` in a plain shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.kernel.doctor.step import Mark


@pytest.fixture
def doctor(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return lambda: shell.run_line_magic("mlx", "doctor")


def wrong(report: Any) -> list[str]:
    return [step.part for step in report.steps if step.mark is Mark.WRONG]


def test_without_a_server_it_says_what_was_tried_and_what_to_do(doctor: Any) -> None:
    report = doctor()
    assert wrong(report) == ["discovery"]
    assert "JPY_PARENT_PID" in str(report)
    assert str(report).splitlines()[-1].startswith("Not well: No Jupyter server")


def test_a_real_server_with_its_toys_works(
    doctor: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_URL", server.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", server.key)
    report = doctor()
    assert wrong(report) == []
    assert "demo/chat, a toy." in str(report)
    assert report.verdict.startswith("It works; ")
    assert server.key not in str(report) + report.as_html()


def test_a_key_that_is_refused_is_the_verdict(doctor: Any, use_canned: Any) -> None:
    use_canned.key = "another"
    report = doctor()
    assert wrong(report) == ["connection"]
    assert "refuses the key" in report.verdict


def test_a_key_that_no_header_can_carry_is_said_not_raised(
    doctor: Any, use_canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", "sec\nret")
    report = doctor()
    assert wrong(report) == ["discovery"]
    assert "sec" not in str(report).replace("seconds", "")


def test_the_choice_of_the_notebook_is_what_is_looked_at(
    doctor: Any, shell: Any, canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    shell.run_line_magic("mlx", f"connect {canned.url}")
    report = doctor()
    assert report.steps[0].part == "by your choice (%mlx connect)"
    assert canned.url in report.steps[0].said
