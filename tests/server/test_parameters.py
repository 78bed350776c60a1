from __future__ import annotations

import pytest
from msgspec import UNSET
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.server.handlers.parameters import (
    client_of,
    count,
    keep_alive_seconds,
    policy_of,
    truth,
)


def test_keep_alive_is_a_duration_or_left_open() -> None:
    assert keep_alive_seconds(None) is UNSET
    assert keep_alive_seconds("10m") == 600
    assert keep_alive_seconds(0) == 0
    assert keep_alive_seconds(-1) is None


def test_a_keep_alive_that_is_none_names_the_field() -> None:
    with pytest.raises(InvalidRequest) as refused:
        keep_alive_seconds("soon")
    assert refused.value.param == "keep_alive"


def test_a_policy_is_left_open_or_has_its_name() -> None:
    assert policy_of(None) is None
    assert policy_of("smart") is Policy.SMART
    with pytest.raises(InvalidRequest, match="lru, largest, smart") as refused:
        policy_of("newest")
    assert refused.value.param == "policy"


@pytest.mark.parametrize(("text", "meant"), [("", None), ("0", 0), ("007", 7), ("128", 128)])
def test_a_count_is_a_whole_number_or_left_open(text: str, meant: int | None) -> None:
    assert count("n", text, least=0, most=128) == meant


@pytest.mark.parametrize("text", ["-1", "129", "1.5", "many", "٣", "9" * 5000])
def test_what_is_no_count_names_the_field(text: str) -> None:
    with pytest.raises(InvalidRequest, match="'n' is a whole number from 0 to 128") as refused:
        count("n", text, least=0, most=128)
    assert refused.value.param == "n"
    assert len(refused.value.message) < 100


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("False", False), ("", True)])
def test_what_is_true(text: str, meant: bool) -> None:
    assert truth("force", text) is meant


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'force'"):
        truth("force", "maybe")


@pytest.mark.parametrize(
    ("header", "client"), [("kernel-1", "kernel-1"), ("a b", ""), ("x" * 129, ""), ("", "")]
)
def test_who_asks_is_a_short_word_or_nobody(header: str, client: str) -> None:
    headers = HTTPHeaders({"Host": "localhost", "X-MLX-Client": header})
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    assert client_of(HTTPServerRequest(headers=headers, start_line=line)) == client
