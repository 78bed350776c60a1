"""What the answer to one question is to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.schema.frame import frame_of
from mlx_jupyter.kernel.schema.kind import as_record, is_kind, kind_of
from mlx_jupyter.kernel.schema.shape import columns_of, records
from mlx_jupyter.kernel.schema.written import written_schema

__all__ = ["Wanted", "wanted_as"]

_CUT_OFF = "The answer ends before its JSON does: raise --max-tokens. Its text is in _."
_MOST_IN_A_NAME = 64


@dataclass(frozen=True)
class Wanted:
    """`schema` goes to the server as it is; `decode` makes a value of the answer's text."""

    name: str
    schema: dict[str, Any]
    decode: Callable[[str], Any] = field(repr=False)

    @property
    def response_format(self) -> dict[str, Any]:
        """The field of the request, as OpenAI has it."""
        body = {"name": self.name, "schema": self.schema, "strict": True}
        return {"type": "json_schema", "json_schema": body}

    def value(self, text: str) -> Any:
        """The value in `text`; a list of records is a DataFrame where pandas is installed.

        Raises MLXJupyterError for a text that was cut off, and for one that is no such value.
        """
        if _is_cut_off(text):
            raise MLXJupyterError(_CUT_OFF)
        try:
            return self._as_frame(self.decode(text))
        except msgspec.DecodeError as error:
            raise MLXJupyterError(f"The answer is no {self.name}: {error}.") from None

    def read(self, answer: Answer) -> Any:
        """Puts the value of an answer that has ended into its `value`, and returns it."""
        # The figures of a number that are there say nothing of those that are not.
        if answer.finish_reason == "length" and answer.text.rstrip()[-1:].isdigit():
            raise MLXJupyterError(_CUT_OFF)
        answer.value = self.value(answer.text)
        return answer.value

    def _as_frame(self, value: Any) -> Any:
        record = records(self.schema)
        if record is None or not isinstance(value, list):
            return value
        rows = [as_record(each) for each in value]
        if any(row is None for row in rows):
            return value
        frame = frame_of([row for row in rows if row is not None], columns_of(record))
        return value if frame is None else frame


def wanted_as(value: Any, text: str) -> Wanted:
    """`value` is a type, a JSON schema as a dict or a text, or the path of one; `text` is how the
    user writes it. Raises InvalidRequest for anything else."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:_MOST_IN_A_NAME] or "answer"
    if is_kind(value):
        return Wanted(name, *kind_of(value, text))
    if isinstance(value, dict | str | Path):
        return Wanted(name, written_schema(value, text), msgspec.json.decode)
    raise InvalidRequest(
        f"{text} is no schema: its type is {type(value).__name__}. Give a class, a type such as"
        " list[int], or a JSON schema."
    )


def _is_cut_off(text: str) -> bool:
    """Whether more text could make JSON of it."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    return False
