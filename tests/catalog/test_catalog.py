"""The room as a whole: what it offers, and what it may not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mlx_jupyter.catalog as catalog

HEAVY = ("mlx", "mlx_lm", "mlx_vlm", "mlx_embeddings", "transformers", "huggingface_hub", "numpy")


def test_every_public_name_is_there() -> None:
    assert all(hasattr(catalog, name) for name in catalog.__all__)


def test_importing_the_catalog_imports_no_heavy_library() -> None:
    program = f"import sys, mlx_jupyter.catalog; print([m for m in {HEAVY} if m in sys.modules])"
    assert _output_of(program) == "[]"


@pytest.mark.parametrize("model_id", ["demo/chat", "demo/vision", "demo/embed"])
def test_finding_and_checking_a_model_imports_no_heavy_library(model_id: str) -> None:
    program = (
        "import sys; from mlx_jupyter.catalog import Catalog, preflight;"
        f"preflight(Catalog([], {{}}).find({model_id!r}));"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert _output_of(program) == "[]"


def _output_of(program: str) -> str:
    return subprocess.check_output([sys.executable, "-c", program], text=True).strip()
