"""From a model's id to a worker that has it: find, fetch, look at, load. One at a time a model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from mlx_jupyter.catalog import Checkpoint, preflight
from mlx_jupyter.catalog.estimate import estimate_bytes
from mlx_jupyter.errors import (
    CheckpointIncomplete,
    DownloadFailed,
    ExceedsMemory,
    MLXJupyterError,
    ModelNotFound,
)
from mlx_jupyter.messages import Load, Loaded
from mlx_jupyter.pool.budget import gigabytes
from mlx_jupyter.pool.download import DownloadProgress, download, downloadable
from mlx_jupyter.pool.drafts import DRAFT_PARAM, of_pair
from mlx_jupyter.pool.events import Events, Progress
from mlx_jupyter.pool.history import History
from mlx_jupyter.pool.host import rss_bytes
from mlx_jupyter.pool.pairing import check_tokens
from mlx_jupyter.pool.recipe import Recipe, plan_recipe
from mlx_jupyter.pool.settings import PoolSettings
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Loader", "history_key"]

REPORT_SECONDS = 0.25
WORKSPACE_SHARE = 4
"""A quarter of the budget: it is not booked, but seen in readings, and idle models leave for it."""
GUESSED_BYTES_A_SECOND = 10**9
"""Until one load has been measured: less than an SSD gives."""

log = logging.getLogger(__name__)


class Loader:
    """`find` gives the checkpoint of a model id; it reads files and is called in a thread.
    `recipes` are those looked at last, by id; `progress` is that of what is under way."""

    def __init__(
        self, settings: PoolSettings, find: Callable[[str], Checkpoint], events: Events
    ) -> None:
        self._settings = settings
        self._find = find
        self._events = events
        self.history = History(settings.history_file)
        self.recipes: dict[str, Recipe] = {}
        self.progress: dict[str, Progress] = {}

    async def inspect(self, model: str, draft: str | None, budget_bytes: int) -> Recipe:
        """How it will be loaded. Fetches it and its draft first, if they are not here and may be.

        Raises what the catalog and the hub have to say, and `ExceedsMemory` before a byte is
        fetched of what could never be loaded.
        """
        checkpoint = await self._present(model, budget_bytes)
        writes_ahead = None if draft is None else await self._draft(model, draft, budget_bytes)
        recipe = self.recipe(checkpoint, writes_ahead, budget_bytes)
        if writes_ahead is not None:
            await check_tokens(checkpoint, writes_ahead)
        self.recipes[model] = recipe
        return recipe

    async def _draft(self, model: str, draft: str, budget_bytes: int) -> Checkpoint:
        try:
            return await self._present(draft, budget_bytes)
        except MLXJupyterError as error:
            raise of_pair(error, model, draft) from None

    async def _present(self, model: str, budget_bytes: int) -> Checkpoint:
        try:
            return await asyncio.to_thread(self.look, model)
        except (ModelNotFound, CheckpointIncomplete) as error:
            if not (self._settings.allow_downloads and downloadable(model)):
                raise
            await self._complete(model, budget_bytes, error)
            return await asyncio.to_thread(self.look, model)

    def recipe(self, checkpoint: Checkpoint, draft: Checkpoint | None, budget_bytes: int) -> Recipe:
        settings = self._settings
        return plan_recipe(checkpoint, draft, settings.float32, settings.kv_bits, budget_bytes)

    def checkpoint(self, model: str) -> Checkpoint | None:
        """As it was looked at last."""
        recipe = self.recipes.get(model)
        return recipe.checkpoint if recipe else None

    def look(self, model: str) -> Checkpoint:
        """The checkpoint that is here. Reads files. Raises what is wrong with it."""
        checkpoint = self._find(model)
        preflight(checkpoint)
        return checkpoint

    def guess(self, model: str) -> tuple[int, str] | None:
        """The bytes of a model that could be fetched, and how they were found; None also where it
        may not be."""
        may_be = self._settings.allow_downloads and downloadable(model)
        return estimate_bytes(None, model) if may_be else None

    def footprint_bytes(self, recipe: Recipe) -> int:
        """What it took the last time, if it is still the same; else what its headers say."""
        return self.history.footprint_bytes(history_key(recipe.checkpoint), recipe.size_bytes)

    def load_seconds(self, checkpoint: Checkpoint) -> float:
        """As long as the last time, or as other models took for their size; at first a guess."""
        key, size_bytes = history_key(checkpoint), checkpoint.size_bytes
        known = self.history.load_seconds(key, size_bytes)
        return size_bytes / GUESSED_BYTES_A_SECOND if known is None else known

    def command(self, recipe: Recipe, budget_bytes: int, prompt_cache_bytes: int = 0) -> Load:
        """What a worker is told."""
        checkpoint, folder = recipe.checkpoint, self._settings.prompt_cache_dir
        return Load(
            path=str(checkpoint.path),
            kind=checkpoint.kind,
            max_batch=self._settings.max_batch,
            adapter=str(checkpoint.adapter) if checkpoint.adapter else None,
            trusted=checkpoint.trusted,
            workspace_bytes=budget_bytes // WORKSPACE_SHARE,
            prompt_cache_bytes=prompt_cache_bytes,
            prompt_cache_dir=str(folder) if folder and recipe.keeps_prompts else None,
            kv_bits=recipe.kv_bits,
            draft=str(recipe.draft.path) if recipe.draft else None,
            float32=recipe.float32,
        )

    async def load(self, model: str, link: WorkerLink, command: Load) -> Loaded:
        """Raises what the loader or the worker's end has to say."""
        recipe = self.recipes[model]
        reports = asyncio.create_task(self._report(model, link, recipe))
        try:
            loaded = await link.load(command, model=model)
        except MLXJupyterError as error:
            if recipe.draft is None or error.param != DRAFT_PARAM:
                raise
            raise of_pair(error, model, recipe.draft.id) from None
        finally:
            reports.cancel()
            with suppress(asyncio.CancelledError):
                await reports
            self.progress.pop(model, None)
        if not link.alive:  # it died just after it had said so
            raise link.ended.result()
        return loaded

    async def remember(self, model: str, loaded: Loaded) -> None:
        recipe = self.recipes[model]
        key, size_bytes = history_key(recipe.checkpoint), recipe.size_bytes
        self.history.remember(key, size_bytes, loaded.weights_bytes, loaded.load_seconds)
        await asyncio.to_thread(self.history.save)

    async def _complete(self, model: str, budget_bytes: int, error: MLXJupyterError) -> None:
        try:
            await self._fetch(model, budget_bytes)
        except (ModelNotFound, DownloadFailed) as failed:
            if isinstance(error, CheckpointIncomplete):
                raise error from None  # what is wrong with what is here says more
            if isinstance(failed, ModelNotFound):
                raise ModelNotFound(f"{error.message} {failed.message}") from None
            raise

    async def _fetch(self, model: str, budget_bytes: int) -> None:
        def check(size_bytes: int) -> None:
            if size_bytes > budget_bytes:
                raise ExceedsMemory(
                    f"Insufficient memory: need {gigabytes(size_bytes)}, only "
                    f"{gigabytes(budget_bytes)} available after eviction. {model} was not "
                    "downloaded: choose a smaller model, or raise memory_limit.",
                    param="model",
                )

        def report(step: DownloadProgress) -> None:
            self._publish(
                model,
                Progress(
                    stage="download",
                    done_bytes=step.done_bytes,
                    total_bytes=step.total_bytes,
                    elapsed_seconds=step.elapsed_seconds,
                    eta_seconds=step.eta_seconds,
                ),
            )

        log.info("downloading %s", model)
        try:
            environment = self._settings.download_environment
            code = model in self._settings.trusted
            await download(model, environment, report, check, code=code)
        finally:
            self.progress.pop(model, None)

    async def _report(self, model: str, link: WorkerLink, recipe: Recipe) -> None:
        """How much of the weights is in memory, by the growth of the process: a worker that loads
        says nothing."""
        loop = asyncio.get_running_loop()
        started, before_bytes = loop.time(), rss_bytes(link.pid) or 0
        expected_seconds, last_bytes = self.load_seconds(recipe.checkpoint), 0
        total_bytes = recipe.size_bytes
        while True:
            elapsed_seconds = loop.time() - started
            grown_bytes = (rss_bytes(link.pid) or before_bytes) - before_bytes
            if grown_bytes != last_bytes:
                last_bytes = grown_bytes
                link.is_at_work()
            self._publish(
                model,
                Progress(
                    stage="load",
                    done_bytes=max(0, min(grown_bytes, total_bytes)),
                    total_bytes=total_bytes,
                    elapsed_seconds=round(elapsed_seconds, 3),
                    eta_seconds=max(0.0, round(expected_seconds - elapsed_seconds, 3)),
                ),
            )
            await asyncio.sleep(REPORT_SECONDS)

    def _publish(self, model: str, progress: Progress) -> None:
        """As an event only what is news: a load that waits for its tokenizer has no new bytes."""
        before = self.progress.get(model)
        self.progress[model] = progress
        if before is None or before.done_bytes != progress.done_bytes:
            self._events.publish("progress", model, progress=progress)


def history_key(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.id}@{checkpoint.revision}" if checkpoint.revision else checkpoint.id
