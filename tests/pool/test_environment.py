from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlx_jupyter.pool.environment import worker_environment


def test_secrets_do_not_reach_a_worker() -> None:
    secrets = ["HF_TOKEN", "MLX_JUPYTER_API_KEY", "JUPYTERHUB_API_TOKEN", "AWS_SECRET_ACCESS_KEY"]
    env = worker_environment({"HOME": "/h"} | dict.fromkeys(secrets, "x"), None)
    assert not set(secrets) & env.keys()
    assert env["TOKENIZERS_PARALLELISM"] == "false"
    assert env["HOME"] == "/h"


def test_the_blas_is_put_before_what_is_preloaded_already() -> None:
    env = worker_environment({"LD_PRELOAD": "/other.so"}, Path("/blas.so"))
    assert env["LD_PRELOAD"] == "/blas.so:/other.so"


def test_one_core_is_left_to_jupyter_unless_the_user_says_otherwise() -> None:
    blas = Path("/blas.so")
    assert worker_environment({}, blas, cores=8)["OPENBLAS_NUM_THREADS"] == "7"
    assert worker_environment({}, blas, cores=1)["OPENBLAS_NUM_THREADS"] == "1"
    set_by_user = worker_environment({"OPENBLAS_NUM_THREADS": "3"}, blas, cores=8)
    assert set_by_user["OPENBLAS_NUM_THREADS"] == "3"


@pytest.mark.skipif(sys.platform != "linux", reason="it is a setting of Linux's C library")
def test_large_arrays_get_huge_pages_unless_the_user_says_otherwise() -> None:
    assert worker_environment({}, None)["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
    own = {"GLIBC_TUNABLES": "glibc.malloc.check=1"}
    assert worker_environment(own, None)["GLIBC_TUNABLES"] == "glibc.malloc.check=1"


def test_a_worker_never_asks_a_hub() -> None:
    assert worker_environment({}, None)["HF_HUB_OFFLINE"] == "1"
