from __future__ import annotations

import subprocess
import sys

import mlx_jupyter

CODE = """
import IPython.core.interactiveshell, sys, time
began = time.process_time()  # not the clock: beside other tests it would measure them
import mlx_jupyter.kernel.magics
print(time.process_time() - began)
print(*{name.partition(".")[0] for name in sys.modules})
"""


def imported() -> tuple[float, set[str]]:
    run = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    seconds, names = run.stdout.splitlines()
    return float(seconds), set(names.split())


def test_loading_the_extension_imports_no_heavy_package() -> None:
    heavy = {"mlx", "mlx_lm", "tornado", "jupyter_server", "openai", "numpy", "transformers"}
    heavy |= {"matplotlib", "pandas", "ipywidgets"}
    assert imported()[1] & heavy == set()


def test_loading_the_extension_takes_less_than_400_milliseconds() -> None:
    assert min(imported()[0] for _ in range(3)) < 0.4


def test_the_package_itself_imports_no_client() -> None:
    code = (
        "import sys, mlx_jupyter; names = [name.partition('.k')[0] for name in sys.modules];"
        "assert names.count('mlx_jupyter') == 1, names; assert not {'httpx', 'asyncio'} & {*names}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_the_package_lists_is_there() -> None:
    assert all(hasattr(mlx_jupyter, name) for name in mlx_jupyter.__all__)
