"""The extension as Jupyter sees it: traits, routes, start and stop."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from traitlets import (
    Bool,
    CaselessStrEnum,
    Dict,
    Enum,
    Float,
    Int,
    TraitError,
    Unicode,
    validate,
)

from mlx_jupyter._version import __version__
from mlx_jupyter.catalog import Catalog
from mlx_jupyter.catalog.checkpoint import Kind
from mlx_jupyter.catalog.engine import ENGINES
from mlx_jupyter.pool.blas import find_blas, needs_blas
from mlx_jupyter.pool.budget import parse_limit, parse_share
from mlx_jupyter.pool.duration import parse_duration
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.pool.recipe import KV_BITS, float32_of
from mlx_jupyter.server import record
from mlx_jupyter.server.application import SETTING, Application
from mlx_jupyter.server.event_bus import EventBus
from mlx_jupyter.server.follower import Follower
from mlx_jupyter.server.images.first_use import Pictures
from mlx_jupyter.server.images.kept import KeptPictures
from mlx_jupyter.server.images.settings import IntakeSettings
from mlx_jupyter.server.kernels import Kernels
from mlx_jupyter.server.metrics.collector import PoolCollector
from mlx_jupyter.server.metrics.loads import Loads
from mlx_jupyter.server.routes import routes
from mlx_jupyter.server.traits import TextOrNumber, Texts

__all__ = ["MLXJupyter"]

STOP_SECONDS = 5
"""Jupyter waits for its extensions without a limit of its own."""


class MLXJupyter(ExtensionApp):
    """Hosts one pool of MLX models behind OpenAI-style routes under `mlx/`."""

    name = "mlx_jupyter"
    app_name = "mlx_jupyter"
    description = __doc__
    load_other_extensions = True
    application: Application
    follower: Follower
    collector: PoolCollector
    _refused = False

    memory_limit = TextOrNumber(
        "75%",
        lambda value: parse_limit(value, 1),
        help="Budget of the whole pool: a percentage of the device's memory ('75%') or a size "
        "('24GB', '512MB', a number of bytes).",
    ).tag(config=True)
    max_models = Int(0, min=0, help="How many models may be resident; 0 is no limit.").tag(
        config=True
    )
    eviction_policy = CaselessStrEnum(
        [policy.value for policy in Policy],
        "lru",
        help="Who leaves first: lru; largest; smart (the coldest that alone suffices, else the "
        "largest).",
    ).tag(config=True)
    keep_alive = TextOrNumber(
        "30m",
        parse_duration,
        help="Idle time after the end of the last use until an unpinned model is unloaded: '30m', "
        "seconds, 0 for at once, -1 for never.",
    ).tag(config=True)
    preload = Texts(help="Model ids that are loaded and pinned at start.").tag(config=True)
    queue_timeout = Float(300.0, min=0, help="Seconds that a request waits for room.").tag(
        config=True
    )
    max_queue = Int(64, min=0, help="How many requests may wait for room.").tag(config=True)
    model_dirs = Texts(
        help="Folders with checkpoints, besides the Hugging Face cache and the demo models."
    ).tag(config=True)
    aliases = Dict(
        value_trait=Unicode(), key_trait=Unicode(), help="Short names for models: name → model id."
    ).tag(config=True)
    default_chat_model = Unicode(
        "demo/chat", help="The model of a chat request that names none. An id, an alias or a path."
    ).tag(config=True)
    default_vision_model = Unicode(
        "demo/vision", help="The model of a request with images that names none."
    ).tag(config=True)
    default_embedding_model = Unicode(
        "demo/embed", help="The model of an embeddings request that names none."
    ).tag(config=True)
    allow_downloads = Bool(
        True, help="May a model that is not on this machine be fetched from the Hugging Face hub?"
    ).tag(config=True)
    trust_remote_code = Texts(
        help="Ids of models whose own Python code may run, in their worker process."
    ).tag(config=True)
    model_kinds = Dict(
        value_trait=Enum(sorted(ENGINES)),
        key_trait=Unicode(),
        help="What a model is, where that is found out wrongly: id → text, vision or embedding.",
    ).tag(config=True)
    allowed_models = Texts(
        help="Glob patterns of the model ids that may be loaded. Empty: all."
    ).tag(config=True)
    max_batch = Int(16, min=1, help="Sequences that one model decodes together.").tag(config=True)
    prompt_cache = TextOrNumber(
        "10%",
        lambda value: parse_share(value, 1),
        help="Memory for prompts that begin alike, of all models together: a percentage of the "
        "pool's budget ('10%'), a size ('2GB'), or 0 for none. It is inside the budget, and goes "
        "before any model does.",
    ).tag(config=True)
    prompt_cache_dir = Unicode(
        None,
        allow_none=True,
        help="A folder in which prompts that were read outlive the worker, for when the model is "
        "loaded again. What was asked is in its files. None: nothing is written.",
    ).tag(config=True)
    kv_bits = Enum(
        [None, *KV_BITS],
        None,
        help="Quantise the keys and values of text models to so many bits: 2, 3, 4, 6 or 8. Less "
        "memory for long prompts; the answers of a model then take turns, token by token.",
    ).tag(config=True)
    draft_models = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="Smaller models of the same tokenizer that write ahead (speculative decoding): model "
        "id → id of its draft. Both are loaded into one worker, and both are counted.",
    ).tag(config=True)
    float32 = CaselessStrEnum(
        ["auto", "on", "off"],
        "auto",
        help="Compute with 16-bit weights in 32 bits, which take twice the memory. 'auto': on a "
        "Linux CPU, with a fast BLAS (see blas) or for quantised models, where a model then takes "
        "at most half of the budget.",
    ).tag(config=True)
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

    allow_image_urls = Bool(
        True,
        help="May images be fetched from http(s) URLs? Only from public addresses, see "
        "image_networks.",
    ).tag(config=True)
    image_networks = Texts(
        help="Networks, such as '10.1.0.0/16', that are not public and from which images may be "
        "fetched all the same: of an image store of your own, say."
    ).tag(config=True)
    max_image_side = Int(
        2048, min=16, help="Pixels. Larger images are scaled down, and the answer says so."
    ).tag(config=True)

    @validate("image_networks")
    def _networks_exist(self, proposal: Any) -> list[str]:
        for network in proposal["value"]:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise TraitError(f"image_networks: {error}") from error
        return list(proposal["value"])

    @validate("prompt_cache_dir")
    def _is_a_folder(self, proposal: Any) -> str | None:
        folder = Path(proposal["value"] or "").expanduser()
        if folder.exists() and not folder.is_dir():
            raise TraitError(f"prompt_cache_dir: {folder} is not a folder.")
        return str(folder.absolute()) if proposal["value"] else None

    @validate("draft_models")
    def _drafts_are_named(self, proposal: Any) -> dict[str, str]:
        for model, draft in proposal["value"].items():
            if not model.strip() or not draft.strip():
                raise TraitError(f"draft_models: {model!r} → {draft!r} does not name two models.")
        return dict(proposal["value"])

    @validate("blas")
    def _blas_exists(self, proposal: Any) -> str:
        try:
            find_blas(proposal["value"])
        except FileNotFoundError as error:
            raise TraitError(str(error)) from error
        return str(proposal["value"])

    def flatten_flags(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """None: `ServerApp` has read them all. In traitlets `aliases` are short options, `name →
        Class.trait`, and ours would be taken for such, which most model ids are not."""
        return {}, {}

    def _link_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        try:
            super()._link_jupyter_server_extension(serverapp)
        except TraitError:
            self._refused = True
            raise

    def initialize(self) -> None:
        """Raises `TraitError` where a setting was refused as the extension was linked: Jupyter
        Server logs that and goes on, with every setting at its default, also those that forbid."""
        if self._refused:
            raise TraitError(
                "mlx_jupyter does not run, because one of its settings was refused: see the error "
                "above, correct the setting and start again."
            )
        super().initialize()

    def initialize_settings(self) -> None:
        blas = find_blas(self.blas)
        catalog = self._catalog()
        kept = KeptPictures()
        pool = Pool(self._pool_settings(blas, catalog, kept), catalog.find)
        self.application = Application(
            catalog=catalog,
            pool=pool,
            kernels=Kernels(pool, self.serverapp.kernel_manager),
            pictures=self._pictures(kept),
            defaults=self._defaults(),
            allow_downloads=self.allow_downloads,
            blas=str(blas) if blas else None,
        )
        self.settings[SETTING] = self.application
        bus = EventBus(self.serverapp.event_logger)
        series = self.application.series
        self.follower = Follower(pool.events, [bus.emit, Loads(series).happened])
        self.collector = PoolCollector(pool, series)

    def _pictures(self, kept: KeptPictures) -> Pictures:
        networks = tuple(ipaddress.ip_network(network) for network in self.image_networks)
        settings = IntakeSettings(self.allow_image_urls, networks, self.max_image_side, kept)
        return Pictures(settings)

    def _defaults(self) -> dict[Kind, str]:
        return {
            "text": self.default_chat_model,
            "vision": self.default_vision_model,
            "embedding": self.default_embedding_model,
        }

    def _catalog(self) -> Catalog:
        for folder in self.model_dirs:
            if not Path(folder).expanduser().is_dir():
                self.log.warning("mlx_jupyter: model_dirs names %s, which is no folder", folder)
        return Catalog(
            model_dirs=[Path(folder) for folder in self.model_dirs],
            aliases=self.aliases,
            allowed_models=self.allowed_models,
            configured=[
                *self._defaults().values(),
                *self.preload,
                *self.draft_models,
                *self.draft_models.values(),
            ],
            kinds=self.model_kinds,
            trusted=self.trust_remote_code,
        )

    def _pool_settings(
        self, blas: Path | None, catalog: Catalog, kept: KeptPictures
    ) -> PoolSettings:
        return PoolSettings(
            environment=worker_environment(os.environ, blas),
            max_batch=self.max_batch,
            spare_workers=self.spare_workers,
            memory_limit=self.memory_limit,
            max_models=self.max_models,
            policy=Policy(self.eviction_policy),
            keep_alive_seconds=parse_duration(self.keep_alive),
            queue_timeout_seconds=self.queue_timeout,
            max_queue=self.max_queue,
            allow_downloads=self.allow_downloads,
            trusted=frozenset(map(catalog.canonical, self.trust_remote_code)),
            download_environment=dict(os.environ),
            history_file=Path(jupyter_data_dir()) / "mlx_jupyter" / "history.json",
            preload=tuple(map(catalog.canonical, self.preload)),
            caches=(kept,),
            prompt_cache=self.prompt_cache,
            prompt_cache_dir=Path(self.prompt_cache_dir) if self.prompt_cache_dir else None,
            kv_bits=self.kv_bits,
            draft_models={
                catalog.canonical(model): catalog.canonical(draft)
                for model, draft in self.draft_models.items()
            },
            float32=float32_of(self.float32, blas, slow_in_16=needs_blas()),
        )

    def initialize_handlers(self) -> None:
        self.handlers.extend(routes())
        # JupyterLab's pages know from it whether to ask: a browser's console shows every 404.
        page_config = self.serverapp.web_app.settings.setdefault("page_config_data", {})
        page_config["mlxJupyter"] = __version__

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        if SETTING not in self.settings:  # it failed to load, and Jupyter starts it all the same
            return
        found = record.server_record(serverapp, self.application)
        record.sweep(serverapp.runtime_dir)
        record.write(found, serverapp.runtime_dir)
        if self.export_env:
            os.environ["MLX_JUPYTER_URL"] = found.base_url
            os.environ["MLX_JUPYTER_API_KEY"] = found.api_key
            os.environ["MLX_JUPYTER_OUTPUTS"] = "update" if found.updates_displays else "append"
        self.follower.start()
        self.collector.start()
        self.application.pool.start()
        self.application.kernels.start(serverapp.event_logger)
        self.log.info("mlx_jupyter: OpenAI base_url %s", found.base_url)

    async def stop_extension(self) -> None:
        if SETTING not in self.settings:  # it failed to load, and Jupyter stops it all the same
            return
        record.remove(self.serverapp.runtime_dir)
        if self.export_env:
            os.environ.pop("MLX_JUPYTER_URL", None)
            os.environ.pop("MLX_JUPYTER_API_KEY", None)
            os.environ.pop("MLX_JUPYTER_OUTPUTS", None)
        self.collector.stop()
        self.application.kernels.stop()
        async with asyncio.timeout(STOP_SECONDS):
            await self.application.pool.stop()
            self.follower.stop()
            await self.application.pictures.close()

    def current_activity(self) -> dict[str, int] | None:
        """Only requests count: a model that is merely loaded must not keep a hub's server alive."""
        if SETTING not in self.settings:
            return None
        pool = self.application.pool
        self.settings["mlx_jupyter_last_activity"] = datetime.fromtimestamp(
            pool.last_use_seconds, UTC
        )
        return {"requests": pool.active_leases} if pool.active_leases else None
