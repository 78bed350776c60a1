"""What the finished vision tower sees in many pictures, computed once.

Drawing and looking anew for every batch would cost ten times more.
"""

from random import Random

import mlx.core as mx
from mlx_vlm.models.qwen2_vl.vision import VisionModel
from mlx_vlm.models.qwen3_vl.processing_qwen3_vl import Qwen3VLImageProcessor

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import COLORS, SHAPES, Subject
from mlx_jupyter.demo.recipe.sight import features, pixels

__all__ = ["PictureBank"]


class PictureBank:
    """Features of several pictures of every subject."""

    def __init__(
        self, tower: VisionModel, processor: Qwen3VLImageProcessor, per_subject: int, seed: int = 2
    ) -> None:
        random = dice(seed)
        self.seen: dict[Subject, mx.array] = {}
        for shown in (Subject(color, shape) for color in COLORS for shape in SHAPES):
            self.seen[shown] = features(tower, *pixels(random, [shown] * per_subject, processor))
            mx.eval(self.seen[shown])

    @property
    def tokens(self) -> int:
        """How many tokens of the prompt one picture takes."""
        return next(iter(self.seen.values())).shape[1]

    def pick(self, random: Random, shown: Subject) -> mx.array:
        """The features of one picture of the subject: (tokens, width)."""
        pictures = self.seen[shown]
        return pictures[random.randrange(pictures.shape[0])]
