"""Command line of the recipes: `python -m mlx_jupyter.demo.recipe chat OUTDIR --seconds 420`."""

import argparse
import dataclasses
import json
import logging
import sys
from pathlib import Path

from mlx_jupyter.demo.recipe import chat

RECIPES = {"chat": (chat.make, 420.0)}


def arguments() -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m mlx_jupyter.demo.recipe", description="Make a demo model anew.")
    parser.add_argument("kind", choices=RECIPES)
    parser.add_argument("folder", type=Path, help="where the checkpoint goes")
    parser.add_argument("--seconds", type=float, help="train for at most so long (the default is what the model needs)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="train for at most so many steps")
    return parser.parse_args()


def main() -> None:
    """Train, and write the outcome as one line of JSON."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    chosen = arguments()
    make, usual_seconds = RECIPES[chosen.kind]
    outcome = make(chosen.folder, chosen.seconds or usual_seconds, chosen.steps)
    sys.stdout.write(json.dumps(dataclasses.asdict(outcome)) + "\n")


if __name__ == "__main__":
    main()
