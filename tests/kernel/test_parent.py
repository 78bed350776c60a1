from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.parent import updates_displays


def test_without_a_server_displays_are_updated(runtime: Any) -> None:
    assert updates_displays()


@pytest.mark.parametrize("updates", [True, False])
def test_the_server_that_started_this_kernel_says_whether_displays_are_updated(
    canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch, updates: bool
) -> None:
    write_record(canned.record(updates_displays=updates))
    monkeypatch.setenv("JPY_PARENT_PID", str(canned.pid))
    assert updates_displays() is updates


def test_another_server_has_no_say(canned: Any, write_record: Any) -> None:
    write_record(canned.record(updates_displays=False))
    assert updates_displays()


def test_the_environment_goes_before_the_record(
    canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(canned.record(updates_displays=True))
    monkeypatch.setenv("JPY_PARENT_PID", str(canned.pid))
    assert not updates_displays({"MLX_JUPYTER_OUTPUTS": "append"})
