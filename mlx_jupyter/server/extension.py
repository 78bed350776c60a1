"""The extension as Jupyter sees it: traits, routes, start and stop."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from traitlets import Bool, Dict, Int, TraitError, Unicode, validate

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.server import record
from mlx_jupyter.server.application import SETTING, Application
from mlx_jupyter.server.routes import routes
from mlx_jupyter.server.traits import Texts

__all__ = ["MLXJupyter"]

STOP_SECONDS = 8
"""Jupyter waits for its extensions without a limit of its own."""


class MLXJupyter(ExtensionApp):
    """Hosts one pool of MLX models behind OpenAI-style routes under `mlx/`."""

    name = "mlx_jupyter"
    app_name = "mlx_jupyter"
    description = __doc__
    load_other_extensions = True
    application: Application

    model_dirs = Texts(
        help="Folders with checkpoints, besides the Hugging Face cache and the demo models."
    ).tag(config=True)
    aliases = Dict(
        value_trait=Unicode(), key_trait=Unicode(), help="Short names for models: name → model id."
    ).tag(config=True)
    default_chat_model = Unicode(
        "demo/chat", help="The model of a chat request that names none. An id, an alias or a path."
    ).tag(config=True)
    allowed_models = Texts(
        help="Glob patterns of the model ids that may be loaded. Empty: all."
    ).tag(config=True)
    max_batch = Int(16, min=1, help="Sequences that one model decodes together.").tag(config=True)
    spare_workers = Int(
        1, min=0, help="Worker processes kept ready with their libraries imported (65 MB each)."
    ).tag(config=True)
    blas = Unicode(
        "auto",
        help="Linux CPU: a fast BLAS (OpenBLAS, MKL) preloaded into workers. 'auto' takes one that "
        "is installed, 'off' none; or the path of one.",
    ).tag(config=True)
    export_env = Bool(
        False,
        help="Put MLX_JUPYTER_URL and MLX_JUPYTER_API_KEY into the environment of new kernels, for "
        "kernels that cannot see Jupyter's runtime folder.",
    ).tag(config=True)

    @validate("blas")
    def _blas_exists(self, proposal: Any) -> str:
        try:
            find_blas(proposal["value"])
        except FileNotFoundError as error:
            raise TraitError(str(error)) from error
        return str(proposal["value"])

    def initialize_settings(self) -> None:
        blas = find_blas(self.blas)
        catalog = Catalog(
            model_dirs=[Path(folder) for folder in self.model_dirs],
            aliases=self.aliases,
            allowed_models=self.allowed_models,
            configured=[self.default_chat_model],
        )
        for folder in self.model_dirs:
            if not Path(folder).expanduser().is_dir():
                self.log.warning("mlx_jupyter: model_dirs names %s, which is no folder", folder)
        settings = PoolSettings(
            environment=worker_environment(os.environ, blas),
            max_batch=self.max_batch,
            spare_workers=self.spare_workers,
        )
        self.application = Application(
            catalog=catalog,
            pool=Pool(settings, catalog.find),
            default_chat_model=self.default_chat_model,
            blas=str(blas) if blas else None,
        )
        self.settings[SETTING] = self.application

    def initialize_handlers(self) -> None:
        self.handlers.extend(routes())

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        found = record.server_record(serverapp, self.application)
        record.write(found, serverapp.runtime_dir)
        if self.export_env:
            os.environ["MLX_JUPYTER_URL"] = found.base_url
            os.environ["MLX_JUPYTER_API_KEY"] = found.api_key
        self.application.pool.start()
        self.log.info("mlx_jupyter: OpenAI base_url %s", found.base_url)

    async def stop_extension(self) -> None:
        if SETTING not in self.settings:  # it failed to load, and Jupyter stops it all the same
            return
        record.remove(self.serverapp.runtime_dir)
        if self.export_env:
            os.environ.pop("MLX_JUPYTER_URL", None)
            os.environ.pop("MLX_JUPYTER_API_KEY", None)
        async with asyncio.timeout(STOP_SECONDS):
            await self.application.pool.stop()

    def current_activity(self) -> dict[str, int] | None:
        """Only requests count: a model that is merely loaded must not keep a hub's server alive."""
        pool = self.application.pool
        self.settings["mlx_jupyter_last_activity"] = datetime.fromtimestamp(
            pool.last_use_seconds, UTC
        )
        return {"requests": pool.active_leases} if pool.active_leases else None
