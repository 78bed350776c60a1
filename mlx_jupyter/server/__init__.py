"""The Jupyter Server extension: HTTP in, HTTP out. The only code that imports Tornado and
jupyter_server."""
