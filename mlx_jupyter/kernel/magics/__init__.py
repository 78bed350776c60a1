"""The magics: `%load_ext mlx_jupyter` brings them, `%unload_ext` takes them away."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.magics.chat import ChatMagics
from mlx_jupyter.kernel.magics.question import QuestionLine

__all__ = ["load", "unload"]


def load(shell: InteractiveShell) -> None:
    """Registers the magics; talks to no server yet."""
    unload(shell)
    shell.register_magics(ChatMagics)
    shell.input_transformer_manager.token_transformers.append(QuestionLine)


def unload(shell: InteractiveShell) -> None:
    """Takes the magics away and closes their connection; does nothing if they are not there."""
    manager = shell.magics_manager
    magics = manager.registry.pop(ChatMagics.__name__, None)
    if magics is None:
        return
    magics.close()
    for names in manager.magics.values():
        names.pop("chat", None)
    shell.input_transformer_manager.token_transformers.remove(QuestionLine)
