"""What is counted from the server's start on. Labels are few words, and models that are there."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from mlx_jupyter.server.metrics.measured import Measured

__all__ = ["Series"]

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""From a small model that is loaded to a large one that is not; 300 s is `queue_timeout`."""


class Series:
    """In a registry of its own, so that two servers in one process do not count together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests that have ended.", "route", "model", "outcome"
        )
        self._prompt_tokens = self._counter(
            "prompt_tokens", "Tokens of prompts, read or known, and of texts to embed.", "model"
        )
        self._cached_tokens = self._counter(
            "cached_tokens",
            "Tokens of prompts that were known: 'prompts' were not read again at all, of "
            "'pictures' the features were there.",
            "model",
            "cache",
        )
        self._generated_tokens = self._counter("generated_tokens", "Tokens written.", "model")
        self._drafted_tokens = self._counter(
            "drafted_tokens", "Tokens that a draft wrote ahead.", "model", "outcome"
        )
        self.evictions = self._counter("evictions", "Models that had to leave, by cause.", "cause")
        self.loads = self._counter("loads", "Loads of models that have ended.", "outcome")
        self.load_seconds = self._histogram("load_seconds", "What loads took that succeeded.")
        self._queue_wait_seconds = self._histogram(
            "queue_wait_seconds", "From asking for a model until it could be used, loads included."
        )
        self._first_token_seconds = self._histogram(
            "time_to_first_token_seconds", "From a request's arrival to its first token."
        )

    def count(self, route: str, measured: Measured) -> None:
        """One request that has ended."""
        model = measured.model
        self._requests.labels(route, model, measured.outcome or "").inc()
        if measured.wait_seconds is not None:
            self._queue_wait_seconds.labels(model).observe(measured.wait_seconds)
        if measured.first_token_seconds is not None:
            self._first_token_seconds.labels(model).observe(measured.first_token_seconds)
        if measured.prompt_tokens:
            self._prompt_tokens.labels(model).inc(measured.prompt_tokens)
        if measured.generated_tokens:
            self._generated_tokens.labels(model).inc(measured.generated_tokens)
        for cache, tokens in measured.cached_tokens.items():  # a share needs its 0
            self._cached_tokens.labels(model, cache).inc(tokens)
        for outcome, tokens in measured.drafted_tokens.items():
            self._drafted_tokens.labels(model, outcome).inc(tokens)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"mlx_jupyter_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str) -> Histogram:
        return Histogram(
            f"mlx_jupyter_{name}", words, ["model"], buckets=SECONDS, registry=self.registry
        )
