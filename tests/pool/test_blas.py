from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.pool.blas import blas_variables, find_blas, needs_blas


def test_off_is_none(tmp_path: Path) -> None:
    assert find_blas("off", tmp_path) is None


def test_a_path_is_that_file_and_must_be_there(tmp_path: Path) -> None:
    library = tmp_path / "libmine.so"
    library.touch()
    assert find_blas(str(library)) == library
    with pytest.raises(FileNotFoundError, match="there is no file"):
        find_blas(str(tmp_path / "libnot.so"))


@pytest.mark.skipif(not needs_blas(), reason="only Linux on CPU preloads a BLAS")
@pytest.mark.parametrize("name", ["libopenblas.so.0", "libmkl_rt.so.2", "libmkl_rt.so.3"])
def test_one_in_the_python_environment_is_found_first(tmp_path: Path, name: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / name).touch()
    assert find_blas("auto", tmp_path) == tmp_path / "lib" / name


@pytest.mark.skipif(not needs_blas(), reason="only Linux on CPU preloads a BLAS")
def test_one_in_the_environment_that_ours_was_made_from_is_found_too(tmp_path: Path) -> None:
    library = tmp_path / "base" / "lib" / "libopenblas.so.0"
    library.parent.mkdir(parents=True)
    library.touch()
    assert find_blas("auto", tmp_path / "venv", tmp_path / "base") == library


def test_every_variant_is_told_how_many_threads_it_may_start(tmp_path: Path) -> None:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    assert blas_variables(tmp_path / "libopenblas.so.0", 8) == dict.fromkeys(names, "7")
    assert blas_variables(tmp_path / "libopenblas.so.0", 1) == dict.fromkeys(names, "1")


def test_mkl_without_its_openmp_computes_sequentially(tmp_path: Path) -> None:
    mkl = tmp_path / "libmkl_rt.so.3"
    assert blas_variables(mkl, 2)["MKL_THREADING_LAYER"] == "SEQUENTIAL"
    (tmp_path / "libiomp5.so").touch()
    assert "MKL_THREADING_LAYER" not in blas_variables(mkl, 2)


def test_a_mac_needs_none() -> None:
    assert not needs_blas("darwin")
