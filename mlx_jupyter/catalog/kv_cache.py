"""How many bytes of keys and values a text model keeps for a sequence, from its config.

    a layer that attends to everything: 2 * kv_heads * head_dim * bytes * n
    one with a sliding window w:        2 * kv_heads * head_dim * bytes * min(n, w)
    a recurrent one (Mamba, DeltaNet):  a fixed state, whatever n

mlx-lm grows a cache in steps of 256 tokens (0.32.2, `models/cache.py`), so n is rounded up to one;
measured against `sum(cache.nbytes)`: equal (3,276,800 bytes at 104 tokens, 6,553,600 at 300).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KVShape"]

STEP_TOKENS = 256


@dataclass(frozen=True, slots=True)
class KVShape:
    """`windows` are the layers with a sliding window: (bytes a token, window in tokens)."""

    bytes_per_token: int = 0
    windows: tuple[tuple[int, int], ...] = ()
    fixed_bytes: int = 0

    def bytes(self, tokens: int) -> int:
        """For one sequence of so many tokens, prompt and answer together."""
        steps = -(-tokens // STEP_TOKENS) * STEP_TOKENS
        windowed = sum(per_token * min(steps, window) for per_token, window in self.windows)
        return self.bytes_per_token * steps + windowed + self.fixed_bytes
