from __future__ import annotations

import subprocess
import sys

from mlx_jupyter.kernel.kernel_id import kernel_id

KERNEL = "1f0e9a3c-7a52-4c7e-9f5e-0a8a7f1b2c3d"
START = """
from ipykernel.kernelapp import IPKernelApp
IPKernelApp.instance().connection_file = {file!r}
from mlx_jupyter.kernel.kernel_id import kernel_id
assert kernel_id() == {expected!r}, kernel_id()
"""


def run(file: str, expected: str | None) -> None:
    code = START.format(file=file, expected=expected)
    subprocess.run([sys.executable, "-c", code], check=True)


def test_outside_a_kernel_there_is_none() -> None:
    assert kernel_id() is None


def test_it_is_in_the_name_of_the_connection_file() -> None:
    run(f"/run/kernel-{KERNEL}.json", KERNEL)


def test_a_kernel_whose_file_was_named_by_someone_else_has_none() -> None:
    run("/run/kernel-1234.json", None)
