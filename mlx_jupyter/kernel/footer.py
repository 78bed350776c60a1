"""The line of figures below an answer.

demo/chat · 21 tokens · 310 tokens/s · first after 0.04 s · evicted org/name
"""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.kernel.literal import literal

__all__ = ["footer", "small"]

_FEW = 10


def footer(
    model: str | None,
    tokens: int,
    tokens_per_second: float | None,
    seconds_to_first_token: float | None,
    evicted: Sequence[str],
) -> str:
    """What is not known is left out; `evicted` are the models that left to make room."""
    facts = [model] if model else []
    facts.append(f"{tokens:,} token{'' if tokens == 1 else 's'}")
    if tokens_per_second is not None:
        decimals = 1 if tokens_per_second < _FEW else 0
        facts.append(f"{tokens_per_second:,.{decimals}f} tokens/s")
    if seconds_to_first_token is not None:
        facts.append(f"first after {seconds_to_first_token:.2f} s")
    if evicted:
        facts.append(f"evicted {', '.join(evicted)}")
    return " · ".join(facts)


def small(line: str) -> str:
    """As HTML that may stand in Markdown: what strips the style shows it small, still."""
    return f'<small style="opacity: 0.6">{literal(line)}</small>'
