"""Which addresses belong to the internet, and not to the network that the server stands in.

The tables are IANA's special-purpose registries (RFC 6890; read 2025), not `ipaddress.is_global`:
that one differs between Python 3.11 and 3.13, and judges only one kind of embedded address.
An IPv6 address that holds an IPv4 address is judged by that one, since a gateway may go there.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

__all__ = ["IPAddress", "is_public"]

IPAddress = IPv4Address | IPv6Address

_SPECIAL_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own host: looks public, and is not
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
"""All unicast that IANA gives out; loopback, fc00::/7, fe80::/10 and the like are outside."""
_SPECIAL_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_EMBEDDED_V4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::/96"), 0),  # compatible; :: and ::1 come out as 0.0.0.0 and 0.0.0.1
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
"""Where, in bits from the right, a block holds an IPv4 address.

Without 64:ff9b:1::/48, the NAT64 of one network: where its addresses lie is the operator's choice
(RFC 8215), so that a public one at one place could hide a private one at another.
"""


def is_public(address: str | IPAddress) -> bool:
    """Whether `address` is a globally routable unicast address. A text that is none is not, nor is
    an address with a zone."""
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError:
            return False
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_V4)
    return _is_public_v6(address)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    for block, shift in _EMBEDDED_V4:
        if address in block:
            return is_public(IPv4Address(int(address) >> shift & 0xFFFF_FFFF))
    return address in _GLOBAL_V6 and not any(address in block for block in _SPECIAL_V6)
