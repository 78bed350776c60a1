"""What the connection is like."""

from __future__ import annotations

from urllib.parse import urlsplit

from mlx_jupyter.kernel.doctor.probe import Probe
from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.endpoint import LOOPBACK, Endpoint

__all__ = ["connection_steps"]

_SLOW_SECONDS = 0.25


def connection_steps(endpoint: Endpoint, probe: Probe, own_version: str) -> list[Step]:
    if probe.health is None:
        return [Step("connection", Mark.WRONG, probe.said, probe.todo)]
    steps = [_latency(probe), _privacy(endpoint), _version(probe.health.version, own_version)]
    if not endpoint.api_key:
        said = "The server wants no key: whoever reaches it can use it."
        steps.append(Step("key", Mark.NOTE, said, "Let Jupyter have a token or a password."))
    return steps


def _latency(probe: Probe) -> Step:
    if (probe.seconds or 0.0) <= _SLOW_SECONDS:
        return Step("connection", Mark.OK, probe.said)
    todo = "It is busy, or far away: what it writes comes later by that."
    return Step("connection", Mark.NOTE, probe.said, todo)


def _privacy(endpoint: Endpoint) -> Step:
    parts = urlsplit(endpoint.base_url)
    if endpoint.uds:
        return Step("privacy", Mark.OK, f"A unix socket: {endpoint.uds}.")
    if parts.hostname in LOOPBACK or parts.scheme == "https":
        what = "HTTPS" if parts.scheme == "https" else "HTTP, within this machine"
        trusted = f", trusting {endpoint.cafile}" if endpoint.cafile else ""
        return Step("privacy", Mark.OK, f"{what}{trusted}.")
    said = f"HTTP to {parts.hostname}: who is between can read the prompts, and the key."
    return Step("privacy", Mark.NOTE, said, "Use https:// or an SSH tunnel.")


def _version(there: str, here: str) -> Step:
    if there == here:
        return Step("version", Mark.OK, f"{here} on both sides.")
    said = f"The server has mlx_jupyter {there}, this kernel {here}."
    todo = "Install the same version on both sides: `pip install -U mlx-jupyter`, then restart."
    return Step("version", Mark.NOTE, said, todo)
