"""What an intake is told once."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from mlx_jupyter.server.images.kept import KeptPictures

__all__ = ["IntakeSettings"]


@dataclass(frozen=True)
class IntakeSettings:
    """`networks` are those from which images may be fetched although they are not public."""

    allow_urls: bool
    networks: tuple[IPv4Network | IPv6Network, ...]
    max_side: int
    kept: KeptPictures
