"""Brings the intake in with the first picture: Pillow and httpx take a tenth of a second to import,
which Jupyter's start should not wait for."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlx_jupyter.server.images.settings import IntakeSettings
from mlx_jupyter.server.images.source import Source, Taken

if TYPE_CHECKING:
    from mlx_jupyter.server.images.intake import Intake

__all__ = ["Pictures"]


class Pictures:
    """One per server; see `Intake`."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._settings = settings
        self._intake: Intake | None = None
        self._making = asyncio.Lock()

    async def take(self, sources: Sequence[Source]) -> Taken:
        if not sources:
            return Taken()
        async with self._making:
            if self._intake is None:
                self._intake = await asyncio.to_thread(self._make)
        return await self._intake.take(sources)

    async def close(self) -> None:
        if self._intake is not None:
            await self._intake.close()

    def _make(self) -> Intake:
        module = importlib.import_module("mlx_jupyter.server.images.intake")
        made: Intake = module.make_intake(self._settings)
        return made
