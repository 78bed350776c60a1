"""One process, one model: the only code that imports MLX. Started as `python -m
mlx_jupyter.worker`."""
