"""Jupyter's own event bus hears what happens to the models: JupyterLab listens to it anyway.

Only what changes the picture is told: figures and progress come many times a second, and are what
`GET admin/events` is for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from mlx_jupyter.pool.events import Event

__all__ = ["SCHEMA", "SCHEMA_FILE", "EventBus"]

SCHEMA = "https://github.com/mlx-jupyter/mlx-jupyter/events/pool"
SCHEMA_FILE = Path(__file__).parent / "event_schemas" / "pool.yaml"
TOLD = ("state", "eviction", "pin", "pressure")


class EventBus:
    """`event_logger` is Jupyter's; two extensions may share one. Who listens is asked by Jupyter
    for the permission to execute events. Emitting counts as nobody's activity."""

    def __init__(self, event_logger: Any) -> None:
        self._event_logger = event_logger
        if SCHEMA not in event_logger.schemas:
            event_logger.register_event_schema(SCHEMA_FILE)

    def emit(self, event: Event) -> None:
        """Raises what the schema says of the event, and what other extensions' modifiers raise."""
        if event.type in TOLD:
            self._event_logger.emit(schema_id=SCHEMA, data=msgspec.to_builtins(event))
