from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.cell import code_of_cell, has_one_output


@pytest.mark.parametrize(
    "code",
    [
        "%%chat\nWhat is MLX?\n\nprint('this is the prompt')",
        "\n%%see photo.jpg\nWhat is it?",
        "%chat What is MLX?",
        "answer = %chat What is MLX?",
        "%load_ext mlx_jupyter\n# ask\nimport os\nfrom sys import path\n\n%chat Hello",
        "%mlx load demo/chat",
    ],
)
def test_a_cell_that_only_asks_has_one_output(code: str) -> None:
    assert has_one_output(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print(1)\n%chat Hello",
        "%chat Hello\n%chat Hello again",
        "for word in words:\n    get_ipython().run_line_magic('chat', word)",
        "pool.load('demo/chat')",
        "%%time\nprint(1)\n%chat Hello",
        "%chat Hello \\\n  there",
        "%%chatter\nHello",
    ],
)
def test_in_any_other_cell_something_else_may_stand(code: str) -> None:
    assert not has_one_output(code)


def test_outside_a_kernel_there_is_no_code(shell: InteractiveShell) -> None:
    assert code_of_cell(shell) == ""
