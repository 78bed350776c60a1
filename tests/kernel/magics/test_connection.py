from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.errors import RequestFailed, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.magics.connection import Connection


def same(pool: Pool) -> Pool:
    return pool


def ask(pool: Pool) -> str:
    return pool.chat("Hello").text


def test_the_server_is_looked_for_at_the_first_use(runtime: Any) -> None:
    connection = Connection()
    with pytest.raises(ServerNotFound):
        connection.use(ask)


def test_the_pool_is_kept(use_canned: Any) -> None:
    connection = Connection()
    assert connection.use(same) is connection.use(same)


def test_a_server_that_was_restarted_elsewhere_is_found_again(
    canned: Any, another_canned: Any, write_record: Any
) -> None:
    first = write_record(canned.record())
    connection = Connection()
    connection.use(ask)
    canned.close()
    first.unlink()
    write_record(another_canned.record())
    assert connection.use(ask) == "MLX is an array framework."
    assert len(another_canned.requests) == 1


def test_a_server_that_was_restarted_with_another_key_is_found_again(
    canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    connection = Connection()
    connection.use(ask)
    canned.key = "new key"
    write_record(canned.record())
    assert connection.use(ask) == "MLX is an array framework."


def test_a_server_that_is_gone_for_good_is_an_error(canned: Any, write_record: Any) -> None:
    write_record(canned.record())
    connection = Connection()
    connection.use(ask)
    canned.close()
    with pytest.raises(ServerNotFound):
        connection.use(ask)


def test_a_request_that_was_refused_is_not_sent_again(use_canned: Any) -> None:
    connection = Connection()
    connection.use(ask)
    with pytest.raises(RequestFailed):
        connection.use(lambda pool: pool.chat("Hello", model="missing"))
    assert len(use_canned.requests) == 2


def test_an_answer_that_broke_off_is_not_asked_for_again(use_canned: Any) -> None:
    connection = Connection()
    connection.use(ask)
    with pytest.raises(RequestFailed):
        connection.use(lambda pool: pool.chat("vanish"))
    assert len(use_canned.requests) == 2


def test_its_endpoint_is_known_before_the_first_use(use_canned: Any) -> None:
    connection = Connection()
    assert connection.endpoint.base_url == use_canned.url
    assert connection.use(lambda pool: pool.endpoint) == connection.endpoint
