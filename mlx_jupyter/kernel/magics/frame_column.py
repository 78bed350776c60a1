"""The column of a DataFrame that `--into` names."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.column import Column
from mlx_jupyter.kernel.expression import value_of

__all__ = ["FrameColumn", "frame_column"]

_WANTED = 'write --into df.col, or --into df["col"]'


@dataclass(frozen=True)
class FrameColumn:
    """`order` tells for each row of `frame` which vector is its."""

    frame: Any
    name: Hashable
    order: Sequence[int]

    def fill(self, vectors: Sequence[Any]) -> None:
        self.frame[self.name] = [vectors[at] for at in self.order]


def frame_column(shell: InteractiveShell, text: str, column: Column) -> FrameColumn:
    """`df.col` or `df["col"]`, to hold a vector for each text; there need be no such column yet.

    The rows of a Series go where their labels are in the frame, as pandas does it; those of all
    else in order. Raises InvalidRequest, before anything is embedded.
    """
    where, name = _parts(shell, text)
    frame = value_of(shell, where)
    if not (hasattr(frame, "columns") and hasattr(frame, "index")):
        raise InvalidRequest(f"{where} is no DataFrame: its type is {type(frame).__name__}.")
    if len(frame) != len(column):
        raise InvalidRequest(
            f"{where} has {len(frame):,} rows, the texts have {len(column):,}: --into needs a text"
            " for each."
        )
    return FrameColumn(frame, name, _order(frame.index.tolist(), column, where))


def _parts(shell: InteractiveShell, text: str) -> tuple[str, Hashable]:
    try:
        target = ast.parse(text, mode="eval").body
    except SyntaxError:
        target = None
    match target:
        case ast.Attribute(value=frame, attr=name):
            return ast.unparse(frame), name
        case ast.Subscript(value=frame, slice=key):
            return ast.unparse(frame), value_of(shell, ast.unparse(key))
    raise InvalidRequest(f"{text} is no column: {_WANTED}.")


def _order(labels: list[Any], column: Column, where: str) -> Sequence[int]:
    own = column.names.labels
    if column.names.noun != "row" or own is None or list(own) == labels:
        return range(len(column))
    places = {label: at for at, label in enumerate(own)}
    if len(places) != len(own) or not all(label in places for label in labels):
        raise InvalidRequest(
            f"The index of the texts is not that of {where}: give texts of {where} itself, or a"
            " list."
        )
    return [places[label] for label in labels]
