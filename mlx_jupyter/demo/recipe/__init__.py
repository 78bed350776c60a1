"""How the demo models were made: a maintainers' tool, never imported by the product.

`python -m mlx_jupyter.demo.recipe --help`
"""
