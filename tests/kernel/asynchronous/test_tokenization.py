from __future__ import annotations

from mlx_jupyter.kernel.asynchronous.client import AsyncPool


async def test_a_text_comes_back_from_its_tokens(real_pool: AsyncPool) -> None:
    spelled = await real_pool.tokenize("What is MLX?", "demo/chat", add_special_tokens=False)
    assert spelled.count == len(spelled.tokens)
    assert await real_pool.detokenize(spelled.tokens, "demo/chat") == "What is MLX?"


async def test_a_request_is_planned(real_pool: AsyncPool) -> None:
    plan = await real_pool.plan("demo/chat", prompt_tokens=5, max_tokens=7)
    assert plan.fits
