"""The memory panel: what the pool holds, live, with buttons. Nothing here imports ipywidgets but
`widget` and its parts, which `opening` imports when a panel is made."""
