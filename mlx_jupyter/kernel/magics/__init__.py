"""The magics: `%load_ext mlx_jupyter` brings them, `%unload_ext` takes them away."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.interpolation.err import Errors
from mlx_jupyter.kernel.magics.chat import ChatMagics
from mlx_jupyter.kernel.magics.completion.matcher import register, unregister
from mlx_jupyter.kernel.magics.embed import EmbedMagics
from mlx_jupyter.kernel.magics.mlx import MLXMagics
from mlx_jupyter.kernel.magics.question import QuestionLine
from mlx_jupyter.kernel.magics.see import SeeMagics
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.magics.verb_help import VerbHelp
from mlx_jupyter.kernel.panel.feed import end_feeds

__all__ = ["load", "unload"]

_NAMES = ("chat", "embed", "mlx", "see")
_TRANSFORMERS = (QuestionLine, VerbHelp)
_KINDS = (ChatMagics, EmbedMagics, MLXMagics, SeeMagics)


def load(shell: InteractiveShell) -> None:
    """Registers the magics; talks to no server yet."""
    unload(shell)
    session = Session()
    shell.register_magics(*(kind(shell, session) for kind in _KINDS))
    shell.input_transformer_manager.token_transformers.extend(_TRANSFORMERS)
    register(shell, session)
    Errors(shell).listen()


def unload(shell: InteractiveShell) -> None:
    """Takes the magics away and closes their connection; does nothing if they are not there."""
    if errors := Errors.of(shell):
        errors.stop()
    manager = shell.magics_manager
    magics = manager.registry.pop(ChatMagics.__name__, None)
    if magics is None:
        return
    unregister(shell)
    magics.close()
    end_feeds("The extension was unloaded. Press Resume, or run %mlx panel again.")
    for kind in _KINDS:
        manager.registry.pop(kind.__name__, None)
    for kinds in manager.magics.values():
        for name in _NAMES:
            kinds.pop(name, None)
    for transformer in _TRANSFORMERS:
        shell.input_transformer_manager.token_transformers.remove(transformer)
