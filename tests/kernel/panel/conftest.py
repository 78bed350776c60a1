"""A notebook of the server whose budget holds two models."""

from __future__ import annotations

from tests.kernel.magics.conftest import pool_notebook

__all__ = ["pool_notebook"]
