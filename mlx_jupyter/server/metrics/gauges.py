"""The pool at this moment, as gauges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily

from mlx_jupyter.pool.status import CacheView, LedgerView, SlotView, Status

__all__ = ["gauges"]

STATES = ("loading", "ready", "unloading", "failed")


def gauges(picture: Status) -> Iterator[GaugeMetricFamily]:
    resident = [slot for slot in picture.slots if slot.state != "absent"]
    states = Counter(filter(None, map(_state, picture.slots)))
    yield _labelled(
        "models", "Models by state.", "state", {state: states[state] for state in STATES}
    )
    yield _labelled(
        "model_memory_bytes",
        "What the ledger holds for a model: weights, and keys and values of its requests.",
        "model",
        {slot.model: slot.booked_bytes for slot in resident},
    )
    yield _labelled(
        "memory_bytes",
        "The ledger. 'booked' is all of the budget that is taken, 'reserved', 'resident' and 'kv' "
        "are in it, 'spare' and 'cached' live on what is 'free', 'pictures' are in 'cached'.",
        "part",
        _parts(picture.ledger),
    )
    yield from _caches(picture.prompt_caches)
    yield _labelled(
        "requests_in_progress",
        "Requests that use a model now.",
        "model",
        {slot.model: slot.leases for slot in resident},
    )
    yield GaugeMetricFamily(
        "mlx_jupyter_queue_requests",
        "Requests that wait for a model to be loaded, or for room.",
        value=len(picture.queue),
    )


def _state(slot: SlotView) -> str | None:
    if slot.state == "absent":
        return "failed" if slot.last_error else None
    return slot.state


def _parts(ledger: LedgerView) -> dict[str, int]:
    return {
        "budget": ledger.budget_bytes,
        "booked": ledger.booked_bytes,
        "reserved": ledger.reserved_bytes,
        "resident": ledger.resident_bytes,
        "kv": ledger.kv_bytes,
        "spare": ledger.spare_bytes,
        "cached": ledger.cached_bytes,
        "pictures": ledger.picture_bytes,
        "free": ledger.free_bytes,
    }


def _caches(views: Collection[CacheView]) -> Iterator[GaugeMetricFamily]:
    family = GaugeMetricFamily(
        "mlx_jupyter_model_cache_bytes",
        "What a model's worker keeps for speed only: of prompts it has read, features of pictures "
        "(which are booked with the model), buffers of MLX.",
        labels=["model", "cache"],
    )
    for one in views:
        family.add_metric([one.model, "prompts"], one.prompt_cache_bytes)
        family.add_metric([one.model, "pictures"], one.image_cache_bytes)
        family.add_metric([one.model, "buffers"], one.cached_bytes)
    yield family
    limits = {one.model: one.max_bytes for one in views}
    words = "What a model's worker may keep of prompts."
    yield _labelled("prompt_cache_limit_bytes", words, "model", limits)


def _labelled(name: str, words: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"mlx_jupyter_{name}", words, labels=[label])
    for value_of, value in values.items():
        family.add_metric([value_of], value)
    return family
