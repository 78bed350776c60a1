"""Command line of the recipes: `python -m mlx_jupyter.demo.recipe chat FOLDER` makes a model anew.

With `--examine` it examines the model that is there. Either way a report goes to standard output,
as JSON.
"""

import argparse
import json
import logging
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

PACKAGE = "mlx_jupyter.demo.recipe"
USUAL_SECONDS = {"chat": 600.0, "vision": 840.0, "embed": 60.0}


def arguments() -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {PACKAGE}", description="Make a demo model anew."
    )
    parser.add_argument("kind", choices=USUAL_SECONDS)
    parser.add_argument("folder", type=Path, help="the checkpoint")
    parser.add_argument("--seconds", type=float, help="train at most so long (default: as shipped)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="train at most so many steps")
    parser.add_argument(
        "--examine", action="store_true", help="examine the checkpoint, do not make it"
    )
    return parser.parse_args()


def report(chosen: argparse.Namespace) -> dict[str, Any]:
    """Do what the command line says; what came of it.

    The modules are imported by name, since mlx-vlm and mlx-embeddings are extras that chat does
    without.
    """
    if chosen.examine:
        scores = import_module(f"{PACKAGE}.{chosen.kind}_exam").examine(chosen.folder)
        return {paper: score._asdict() for paper, score in scores.items()}
    seconds = chosen.seconds or USUAL_SECONDS[chosen.kind]
    return asdict(
        import_module(f"{PACKAGE}.{chosen.kind}").make(chosen.folder, seconds, chosen.steps)
    )


def main() -> None:
    """Make or examine a model, and write the report as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.stdout.write(json.dumps(report(arguments()), indent=1) + "\n")


if __name__ == "__main__":
    main()
