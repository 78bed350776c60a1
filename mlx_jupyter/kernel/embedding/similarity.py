"""Vectors that were made before, and which of them are near another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.column import labels_of, listed
from mlx_jupyter.kernel.embedding.row_names import RowNames

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

__all__ = ["nearest", "vectors_in"]


def vectors_in(value: Any) -> Vectors | None:
    """An array of (n, d) floats as float32, or that of a column whose rows are vectors; None for
    what holds none. Raises InvalidRequest, which names the rows that do not fit the first."""
    import numpy  # noqa: PLC0415 - not before it is needed

    if isinstance(value, numpy.ndarray) and value.ndim == 2 and value.dtype.kind == "f":
        return value.astype(numpy.float32, copy=False)
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return None
    rows = listed(value)
    if not len(rows) or not _is_vector(rows[0]):
        return None
    bad = [at for at, row in enumerate(rows) if not _is_vector(row) or len(row) != len(rows[0])]
    if bad:
        names = RowNames(labels_of(value))
        raise InvalidRequest(f"{names.at_head(*bad)}: no vector as long as {names.of(0)} is there.")
    return numpy.array(rows, numpy.float32)


def _is_vector(row: Any) -> bool:
    if isinstance(row, list | tuple):
        return bool(row) and all(isinstance(number, float) for number in row)
    return getattr(row, "ndim", None) == 1 and "float" in str(getattr(row, "dtype", ""))


def nearest(vectors: Vectors, wanted: Vectors, count: int) -> list[tuple[int, float]]:
    """Rows and cosines of the `count` vectors that are nearest to `wanted`, the best first; equal
    ones in their order. Raises InvalidRequest if they are not of one length."""
    import numpy  # noqa: PLC0415

    if vectors.shape[1] != len(wanted):
        raise InvalidRequest(
            f"The vectors have {vectors.shape[1]} dimensions, that of the query {len(wanted)}: name"
            " the model (model=…) or the dimensions (dimensions=…) that they were made with."
        )
    lengths = numpy.linalg.norm(vectors, axis=1) * numpy.linalg.norm(wanted)
    cosines = vectors @ wanted / numpy.maximum(lengths, numpy.finfo(numpy.float32).tiny)
    best = numpy.argsort(-cosines, kind="stable")[:count]
    return [(int(row), float(cosines[row])) for row in best]
