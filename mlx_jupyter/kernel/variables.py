"""What other programs need to use the pool, written as their shell reads it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["SHELLS", "Access", "as_text"]


@dataclass(frozen=True)
class Access:
    """`api_key` is None where it is not to be shown: then `key_command` is a program that writes
    it, or empty where no program on this machine knows it. `cafile` and `uds` as in `Endpoint`."""

    base_url: str
    api_key: str | None = field(repr=False)
    key_command: tuple[str, ...] = ()
    cafile: str | None = None
    uds: str | None = None


@dataclass(frozen=True)
class _Shell:
    """`assign` writes a quoted value, or, from `run`, what a command writes."""

    assign: Callable[[str, str], str]
    quote: Callable[[str], str]
    run: Callable[[Sequence[str]], str] | None = None


def as_text(access: Access, shell: str = "sh") -> str:
    """Lines that `shell`, one of SHELLS, can run or read; comments say the rest."""
    if shell == "json":
        return json.dumps(_object(access), indent=2)
    dialect = SHELLS[shell]
    assert dialect is not None
    lines = [dialect.assign("OPENAI_BASE_URL", dialect.quote(access.base_url))]
    return "\n".join([*lines, *_key_lines(access, dialect), *_remarks(access)])


def _key_lines(access: Access, shell: _Shell) -> list[str]:
    if access.api_key is not None:
        return [shell.assign("OPENAI_API_KEY", shell.quote(access.api_key))]
    if not access.key_command:
        return ["# OPENAI_API_KEY: the key that you gave; it is not shown here (--show-key does)"]
    if shell.run is None:
        command = shlex.join(access.key_command)
        return [f"# OPENAI_API_KEY: what this writes (--show-key fills it in): {command}"]
    return [shell.assign("OPENAI_API_KEY", shell.run(access.key_command))]


def _remarks(access: Access) -> list[str]:
    url = access.base_url
    lines = [
        "# litellm: model openai/MODEL · llm: api_base and model_id in extra-openai-models.yaml",
        f"# aider: OPENAI_API_BASE={url} and --model openai/MODEL",
        f"# Continue: provider openai, apiBase {url}, model MODEL · MODEL is an id of %mlx models",
    ]
    if access.cafile:
        lines.append(f"# the server has a certificate of its own: SSL_CERT_FILE={access.cafile}")
    if access.uds:
        lines.append(f"# the server listens on the unix socket {access.uds}, not on a port")
    return lines


def _object(access: Access) -> Mapping[str, object]:
    found: dict[str, object] = {"OPENAI_BASE_URL": access.base_url}
    if access.api_key is not None:
        found["OPENAI_API_KEY"] = access.api_key
    elif access.key_command:
        found["OPENAI_API_KEY_COMMAND"] = list(access.key_command)
    if access.cafile:
        found["SSL_CERT_FILE"] = access.cafile
    return found


def _fish_quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _powershell_quote(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _fish_command(words: Sequence[str]) -> str:
    return f"({' '.join(map(_fish_quote, words))})"


def _powershell_command(words: Sequence[str]) -> str:
    return f"(& {' '.join(map(_powershell_quote, words))})"


SHELLS: dict[str, _Shell | None] = {
    "sh": _Shell(
        lambda name, value: f"export {name}={value}",
        shlex.quote,
        lambda words: f'"$({shlex.join(words)})"',
    ),
    "fish": _Shell(
        lambda name, value: f"set -gx {name} {value}",
        _fish_quote,
        _fish_command,
    ),
    "powershell": _Shell(
        lambda name, value: f"$env:{name} = {value}",
        _powershell_quote,
        _powershell_command,
    ),
    "dotenv": _Shell(lambda name, value: f"{name}={value}", shlex.quote),
    "json": None,
}
