"""First stage of the vision recipe: the vision tower alone learns color and shape.

It learns through two heads that are thrown away afterwards.

Without this stage the language model learns to ignore the pictures: trained together from the
start, 4 of 18 answers about two pictures were right, against 57 of 61 in two stages.
"""

from collections.abc import Iterator
from random import Random

import mlx.core as mx
import mlx.nn as nn
from mlx_vlm.models.qwen2_vl.vision import (
    Attention,
    PatchEmbed,
    VisionModel,
    apply_rotary_pos_emb_vision,
)
from mlx_vlm.models.qwen3_vl.processing_qwen3_vl import Qwen3VLImageProcessor

from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.pictures import COLORS, SHAPES, Subject, aspect, draw, subject

__all__ = [
    "SIDE_PIXELS",
    "EvenAttention",
    "FlatPatchEmbed",
    "Sighted",
    "features",
    "labelled",
    "mislabelled",
    "pixels",
]

SIDE_PIXELS = 112
DRAWN_PIXELS = (64, 220)
PICTURES = 32


class FlatPatchEmbed(PatchEmbed):  # type: ignore[misc]
    """The patch embedding as one matrix product, since kernel and stride are the same.

    MLX's convolution and its gradient are slow on a CPU (mlx 0.32).
    """

    def __call__(self, patches: mx.array) -> mx.array:
        """Embed flat patches (patches, channels * frames * height * width)."""
        shape = (-1, self.in_channels, self.temporal_patch_size, self.patch_size, self.patch_size)
        rows = patches.reshape(shape).moveaxis(1, 4).flatten(1)
        embedded: mx.array = rows @ self.proj.weight.reshape(self.embed_dim, -1).T
        return embedded


class EvenAttention(Attention):  # type: ignore[misc]
    """Attention within pictures of one size, of all pictures at once.

    One picture after the other, as in mlx-vlm, takes a quarter longer (32 pictures, 112 pixels).
    """

    def __call__(
        self, x: mx.array, cu_seqlens: mx.array, rotary_pos_emb: mx.array | None = None
    ) -> mx.array:
        """Attend; all shapes are mlx-vlm's: x is (patches of all pictures, width)."""
        pictures = cu_seqlens.shape[0] - 1
        heads = self.qkv(x).reshape(x.shape[0], 3, self.num_heads, -1)
        queries, keys, values = (heads[:, part] for part in range(3))
        turned = [
            apply_rotary_pos_emb_vision(part[None], rotary_pos_emb)[0] for part in (queries, keys)
        ]
        by_picture = [
            part.reshape(pictures, -1, *part.shape[1:]).swapaxes(1, 2) for part in (*turned, values)
        ]
        seen = mx.fast.scaled_dot_product_attention(*by_picture, scale=self.scale)
        attended: mx.array = self.proj(seen.swapaxes(1, 2).reshape(x.shape))
        return attended


class Sighted(nn.Module):  # type: ignore[misc]
    """A vision tower with one head for the color and one for the shape."""

    def __init__(self, tower: VisionModel, width: int) -> None:
        super().__init__()
        self.tower = tower
        self.color = nn.Linear(width, len(COLORS))
        self.shape = nn.Linear(width, len(SHAPES))

    def __call__(self, patches: mx.array, grid: mx.array) -> tuple[mx.array, mx.array]:
        """The scores of the colors and of the shapes, a row for each picture."""
        seen = features(self.tower, patches, grid).mean(axis=1)
        return self.color(seen), self.shape(seen)


def features(tower: VisionModel, patches: mx.array, grid: mx.array) -> mx.array:
    """What the tower makes of pictures of one size: (pictures, image tokens, width)."""
    seen: mx.array = tower(patches, grid)
    by_picture: mx.array = seen.reshape(grid.shape[0], -1, seen.shape[-1])
    return by_picture


def pixels(
    random: Random, subjects: list[Subject], processor: Qwen3VLImageProcessor
) -> tuple[mx.array, mx.array]:
    """Fresh pictures of the subjects, as the tower takes them: patches and grid.

    All have one size and so one grid, which the next call draws anew.
    """
    side, width_by_height = random.randint(*DRAWN_PIXELS), aspect(random)
    images = processor([draw(random, shown, side, width_by_height) for shown in subjects])
    return mx.array(images["pixel_values"]), mx.array(images["image_grid_thw"])


def labelled(processor: Qwen3VLImageProcessor, seed: int = 1) -> Iterator[tuple[mx.array, ...]]:
    """Endless batches: patches, grid, the index of each color and of each shape."""
    random = dice(seed)
    colors = tuple(COLORS)
    while True:
        subjects = [subject(random) for _ in range(PICTURES)]
        shown_colors = mx.array([colors.index(shown.color) for shown in subjects])
        shown_shapes = mx.array([SHAPES.index(shown.shape) for shown in subjects])
        yield (*pixels(random, subjects, processor), shown_colors, shown_shapes)


def mislabelled(
    model: Sighted, patches: mx.array, grid: mx.array, colors: mx.array, shapes: mx.array
) -> mx.array:
    """The loss: cross-entropy of the color plus that of the shape."""
    color_scores, shape_scores = model(patches, grid)
    color_loss: mx.array = nn.losses.cross_entropy(color_scores, colors).mean()
    shape_loss: mx.array = nn.losses.cross_entropy(shape_scores, shapes).mean()
    return color_loss + shape_loss
