"""What `%mlx connect` chose, for code that is no magic."""

from __future__ import annotations

from IPython import get_ipython

from mlx_jupyter.kernel.endpoint import Endpoint

__all__ = ["chosen_here"]


def chosen_here() -> Endpoint | None:
    """None where nothing was chosen, or there is no notebook. Raises `ServerNotFound`.

    The registry of magics is asked, which belongs to the shell as the choice does: so this needs
    no state of its own, and a script does not import the magics.
    """
    shell = get_ipython()
    magics = shell.magics_manager.registry.get("MLXMagics") if shell else None
    if magics is None or not magics.connection.is_chosen:
        return None
    endpoint: Endpoint = magics.connection.look_up()
    return endpoint
