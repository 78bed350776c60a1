"""Which addresses are the internet's: the edges of every block, and what is inside an address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlx_jupyter.server.images.address import is_public

PUBLIC = [
    *["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
    *["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255"],
    *["172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"],
    *["168.63.129.15", "223.255.255.255"],
    *["2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "2001:200::1", "2001:db7::1"],
]
NOT_PUBLIC = [
    *["0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.0"],
    *["100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.255", "168.63.129.16"],
    *["169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255"],
    *["192.0.0.0", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255"],
    *["198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1"],
    *["239.255.255.255", "240.0.0.0", "255.255.255.255"],
    *["::", "::1", "100::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1"],
    *["fec0::1", "ff02::1", "2001:2::1", "2001:10::1", "2001:db8::1", "3fff::1", "5f00::1"],
    *["4000::1", "::ffff:0:8.8.8.8", "64:ff9b:1::808:808", "2001:0:808:808::1"],
]
HOLDING = ["::ffff:{v4}", "::{v4}", "64:ff9b::{v4}", "2002:{hex}::1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_else_is_not(address: str) -> None:
    assert not is_public(address)
    assert not is_public(ipaddress.ip_address(address))


def holding(form: str, v4: ipaddress.IPv4Address) -> str:
    return form.format(v4=v4, hex=f"{int(v4) >> 16:x}:{int(v4) & 0xFFFF:x}")


@pytest.mark.parametrize("form", HOLDING)
@given(v4=st.ip_addresses(v=4))
def test_an_address_is_judged_by_the_one_it_holds(form: str, v4: ipaddress.IPv4Address) -> None:
    assert is_public(holding(form, v4)) == is_public(v4)


@given(v4=st.ip_addresses(v=4))
def test_nothing_is_public_that_python_calls_private(v4: ipaddress.IPv4Address) -> None:
    assert not is_public(v4) or v4.is_global


@given(v6=st.ip_addresses(v=6, network="2000::/3"))
def test_nor_in_ipv6(v6: ipaddress.IPv6Address) -> None:
    assume(v6.sixtofour is None)  # all private since Python 3.13
    assert not is_public(v6) or v6.is_global


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "8.8.8.8/32", "08.8.8.8", "134744072", "[2606:4700::1]", "2606:4700::1%1"],
)
def test_what_is_no_plain_address_is_not_public(text: str) -> None:
    assert not is_public(text)
