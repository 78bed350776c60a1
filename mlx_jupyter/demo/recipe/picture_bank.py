"""What the finished vision tower sees in many pictures, computed once.

Drawing and looking anew for every batch would cost ten times more.
"""

from itertools import product
from random import Random
from typing import NamedTuple

import mlx.core as mx
from mlx_vlm.models.qwen2_vl.vision import VisionModel
from mlx_vlm.models.qwen3_vl.processing_qwen3_vl import Qwen3VLImageProcessor

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import COLORS, SHAPES, Subject
from mlx_jupyter.demo.recipe.sight import features, pixels

__all__ = ["PictureBank", "Seen"]

SUBJECTS = tuple(Subject(color, shape) for color, shape in product(COLORS, SHAPES))


class Seen(NamedTuple):
    """What the tower sees in one picture: (lines * columns, width), in reading order."""

    features: mx.array
    lines: int
    columns: int

    @property
    def tokens(self) -> int:
        """How many tokens of the prompt the picture takes."""
        return self.lines * self.columns


class PictureBank:
    """Several pictures of every subject, of all sizes, as the tower sees them."""

    def __init__(
        self, tower: VisionModel, processor: Qwen3VLImageProcessor, per_subject: int, seed: int = 2
    ) -> None:
        random = dice(seed)
        self.seen: dict[Subject, list[Seen]] = {shown: [] for shown in SUBJECTS}
        for _ in range(per_subject):
            patches, grid = pixels(random, list(SUBJECTS), processor)
            together = features(tower, patches, grid)
            mx.eval(together)
            lines, columns = (int(grid[0, axis]) // tower.spatial_merge_size for axis in (1, 2))
            for shown, seen in zip(SUBJECTS, together, strict=True):
                self.seen[shown].append(Seen(seen, lines, columns))

    def pick(self, random: Random, shown: Subject) -> Seen:
        """One picture of the subject."""
        return random.choice(self.seen[shown])
