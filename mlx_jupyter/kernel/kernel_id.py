"""Which kernel this process is, by the name of its connection file: `kernel-<id>.json`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["kernel_id"]

_NAME = re.compile(r"kernel-([0-9a-fA-F-]{36})")


def kernel_id() -> str | None:
    """The id that Jupyter's REST API knows this kernel by; None outside a kernel, and in one whose
    file was named by someone else.

    ipykernel is looked for among the loaded modules, not imported: a terminal has no use for it.
    """
    module = sys.modules.get("ipykernel.kernelapp")
    if module is None or not module.IPKernelApp.initialized():
        return None
    found = _NAME.fullmatch(Path(module.IPKernelApp.instance().connection_file).stem)
    return found[1] if found else None
