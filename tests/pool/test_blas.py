from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.pool.blas import find_blas, needs_blas


def test_off_is_none(tmp_path: Path) -> None:
    assert find_blas("off", tmp_path) is None


def test_a_path_is_that_file_and_must_be_there(tmp_path: Path) -> None:
    library = tmp_path / "libmine.so"
    library.touch()
    assert find_blas(str(library)) == library
    with pytest.raises(FileNotFoundError, match="there is no file"):
        find_blas(str(tmp_path / "libnot.so"))


@pytest.mark.skipif(not needs_blas(), reason="only Linux on CPU preloads a BLAS")
@pytest.mark.parametrize("name", ["libopenblas.so.0", "libmkl_rt.so.2"])
def test_one_in_the_python_environment_is_found_first(tmp_path: Path, name: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / name).touch()
    assert find_blas("auto", tmp_path) == tmp_path / "lib" / name


def test_a_mac_needs_none() -> None:
    assert not needs_blas("darwin")
