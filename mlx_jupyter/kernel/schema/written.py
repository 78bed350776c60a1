"""JSON schemas that the user has as a file, as a text, or as a dict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.schema.shape import is_schema

__all__ = ["schema_file", "written_schema"]

_MOST_BYTES = 256 * 1024


def written_schema(value: dict[str, Any] | str | Path, text: str) -> dict[str, Any]:
    """The schema that `value` is, holds, or names. Raises InvalidRequest, which calls it `text`."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _decoded(value.encode(), text)
    if isinstance(value, str | Path):
        return _of_dict(_read(Path(value).expanduser()), str(value))
    return _of_dict(value, text)


def schema_file(text: str) -> Path | None:
    """The file that a word of the user's names without quotes."""
    file = Path(text).expanduser()
    return file if file.suffix == ".json" and file.is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InvalidRequest(f"{file} is larger than {_MOST_BYTES // 1024} KiB: no schema.")
        return _decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise InvalidRequest(f"The schema in {file} cannot be read: {error.strerror}.") from None


def _decoded(content: bytes, text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"{text} is no JSON schema: {error}.") from None


def _of_dict(value: dict[str, Any], text: str) -> dict[str, Any]:
    """Also out of OpenAI's `response_format`, and of what stands in it."""
    inner = value.get("json_schema", value)
    if isinstance(inner, dict) and isinstance(inner.get("schema"), dict):
        inner = inner["schema"]
    if not isinstance(inner, dict) or not is_schema(inner):
        raise InvalidRequest(f"{text} is no JSON schema: it has neither a type nor properties.")
    return inner
