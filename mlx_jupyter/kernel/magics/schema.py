"""What `--schema` names.

1. An expression whose names exist, also in quotes: its value is a type, or a JSON schema.
2. Else the name of a file that ends in `.json`, without quotes.
3. Else the mistake is told as for every expression.
"""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.expression import free_names, is_known, unquoted, value_of
from mlx_jupyter.kernel.schema.wanted import Wanted, wanted_as
from mlx_jupyter.kernel.schema.written import schema_file

__all__ = ["wanted"]


def wanted(shell: InteractiveShell, text: str) -> Wanted:
    """Raises InvalidRequest for what is no schema, and for an expression that fails."""
    inner = unquoted(shell, text)
    if not schema_file(inner):
        text = inner
    names = free_names(text)
    is_expression = names is not None and all(is_known(shell, name) for name in names)
    if not is_expression and (file := schema_file(text)):  # 2
        return wanted_as(file, text)
    return wanted_as(value_of(shell, text), text)  # 1, 3
