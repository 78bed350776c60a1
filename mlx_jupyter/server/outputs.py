"""What this server makes of a cell's outputs on their way to the page."""

from __future__ import annotations

from jupyter_server.serverapp import ServerApp

__all__ = ["updates_displays"]

_APPENDING = ("jupyter_server_documents",)
"""Extensions that make a new output of every `update_display_data`: jupyter_server_documents 0.3.3
(`outputs/output_processor.py`), which Jupyter AI 3 brings along. `clear_output` is honoured."""


def updates_displays(server: ServerApp) -> bool:
    """Whether an update of a display changes its output, as Jupyter's protocol has it."""
    extensions = server.extension_manager.extensions
    return not any(name in extensions and extensions[name].enabled for name in _APPENDING)
