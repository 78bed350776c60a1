from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlx_jupyter.kernel.records import answers, is_jupyter_server, live_records


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_record_of_a_running_process_is_live(canned: Any, write_record: Any) -> None:
    write_record(canned.record())
    assert live_records() == [canned.record()]


def test_the_record_of_a_dead_process_is_not_live(
    canned: Any, write_record: Any, dead_pid: int
) -> None:
    write_record(canned.record(pid=dead_pid))
    assert live_records() == []


def test_only_the_record_of_one_process_can_be_asked_for(canned: Any, write_record: Any) -> None:
    write_record(canned.record())
    assert live_records(pid=1) == []


def test_a_half_written_record_is_no_record(canned: Any, runtime: Path) -> None:
    half = msgspec.json.encode(canned.record())[:40]
    (runtime / "mlx-jupyter-1.json").write_bytes(half)
    assert live_records() == []


def test_a_server_answers_for_its_own_record(canned: Any) -> None:
    assert answers(canned.record())


def test_a_server_does_not_answer_for_the_record_of_another(canned: Any) -> None:
    assert not answers(canned.record(instance_id="earlier"))


def test_a_server_does_not_answer_for_another_process(canned: Any) -> None:
    assert not answers(canned.record(pid=1))


def test_a_server_does_not_answer_to_a_wrong_key(canned: Any) -> None:
    assert not answers(canned.record(api_key="wrong"))


def test_an_address_where_nothing_listens_does_not_answer(canned: Any) -> None:
    record = canned.record()
    canned.close()
    assert not answers(record)


def test_a_jupyter_server_is_known_by_its_own_file(runtime: Path) -> None:
    (runtime / "jpserver-1234.json").write_text("{}")
    assert is_jupyter_server(1234)
    assert not is_jupyter_server(1235)


def test_the_repr_of_a_record_does_not_show_the_key(canned: Any) -> None:
    assert canned.key not in repr(canned.record())
