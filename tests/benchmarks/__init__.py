"""How fast the pool is through HTTP beside mlx-lm called directly: `python -m tests.benchmarks`."""
