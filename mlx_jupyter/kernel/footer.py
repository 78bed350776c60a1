"""The line of figures below an answer.

demo/chat · 21 tokens · 310 tokens/s · first after 0.04 s · 1,234 of 1,300 prompt tokens known ·
evicted org/name
"""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.kernel.literal import literal
from mlx_jupyter.wire.generation import Usage

__all__ = ["footer", "small"]

_FEW = 10
_MANY_CACHED = 256
"""Fewer save no time that one would notice."""


def footer(
    model: str | None,
    tokens: int,
    tokens_per_second: float | None,
    seconds_to_first_token: float | None,
    evicted: Sequence[str],
    usage: Usage | None = None,
) -> str:
    """What is not known is left out; `evicted` are the models that left to make room."""
    facts = [model] if model else []
    facts.append(f"{tokens:,} token{'' if tokens == 1 else 's'}")
    if tokens_per_second is not None:
        decimals = 1 if tokens_per_second < _FEW else 0
        facts.append(f"{tokens_per_second:,.{decimals}f} tokens/s")
    if seconds_to_first_token is not None:
        facts.append(f"first after {seconds_to_first_token:.2f} s")
    details = usage.prompt_tokens_details if usage else None
    if usage and details and details.cached_tokens >= _MANY_CACHED:
        known = f"{details.cached_tokens:,} of {usage.prompt_tokens:,} prompt tokens known"
        facts.append(known)
    if evicted:
        facts.append(f"evicted {', '.join(evicted)}")
    return " · ".join(facts)


def small(line: str) -> str:
    """As HTML that may stand in Markdown: what strips the style shows it small, still."""
    return f'<small style="opacity: 0.6">{literal(line)}</small>'
