"""`POST v1/models/switch?target_model=ID`."""

from __future__ import annotations

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.errors import InsufficientMemory, InvalidRequest
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.plan import Plan
from mlx_jupyter.pool.use import SwitchReport
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.parameters import client_of, policy_of
from mlx_jupyter.server.handlers.work import WorkHandler
from mlx_jupyter.wire.pool import MemoryInfo, SwitchRefused, SwitchRequest, SwitchResult

__all__ = ["SwitchHandler"]

GB = 10**9


class SwitchHandler(WorkHandler):
    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        asked = self.decode(SwitchRequest) if self.request.body.strip() else SwitchRequest()
        name = self.get_query_argument("target_model", "") or asked.target_model
        policy = policy_of(self.get_query_argument("policy", "") or asked.policy)
        if not name:
            raise InvalidRequest("Say to which model: ?target_model=ID.", param="target_model")
        model, _ = await self.app.model(name)
        await self.do(self._switch(model, policy or Policy.LARGEST))

    async def _switch(self, model: str, policy: Policy) -> None:
        try:
            report = await self.app.pool.switch(model, policy, client_of(self.request))
        except InsufficientMemory as error:
            self._refuse(error)
        else:
            self.reply(_result(model, report))

    def _refuse(self, error: InsufficientMemory) -> None:
        """503 with the sizes at its top level, and nothing unloaded."""
        plan = error.plan
        if not isinstance(plan, Plan):  # refused before it was downloaded: no plan was made
            raise error
        self.set_status(error.status)
        self.set_error_headers(error)
        body = SwitchRefused(
            message=error.message,
            type=error.type,
            param=error.param,
            code="insufficient_memory",
            required_gb=plan.needed_bytes / GB,
            available_gb=plan.available_bytes / GB,
            freed_gb=0.0,
            total_available_gb=plan.available_after_eviction_bytes / GB,
            plan=msgspec.to_builtins(plan),
        )
        self.reply({"error": body})


def _result(model: str, report: SwitchReport) -> SwitchResult:
    return SwitchResult(
        status="already_loaded" if report.already_loaded else "success",
        model=model,
        unloaded_models=list(report.evicted),
        estimated_load_time_seconds=report.estimated_load_seconds,
        memory_info=MemoryInfo(
            required_gb=report.required_bytes / GB,
            available_before_gb=report.available_before_bytes / GB,
            freed_gb=report.freed_bytes / GB,
        ),
    )
