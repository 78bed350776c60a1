"""The vision recipe's pictures, and that it trains on what mlx-vlm will see."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from mlx_jupyter.demo import MODELS
from mlx_jupyter.demo.recipe.dice import dice

pictures = pytest.importorskip("mlx_jupyter.demo.recipe.pictures", reason="Pillow is missing")

needs_mlx_vlm = pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="mlx-vlm is not installed")

AGREE = """
import json, sys
import mlx.core as mx
from mlx_vlm.models.qwen2_vl.vision import Attention
from mlx_vlm.models.qwen3_vl.processing_qwen3_vl import Qwen3VLImageProcessor
from mlx_jupyter.demo.recipe import sight, tokenizer, vision, vision_batch, vision_lessons
from mlx_jupyter.demo.recipe.dice import dice
from mlx_jupyter.demo.recipe.picture_bank import PictureBank
from mlx_jupyter.demo.recipe.pictures import subject
pieces = tokenizer.byte_level(vision_lessons.corpus(), vision.VOCABULARY)
config = vision.configuration(pieces)
model, processor = vision.build(config), Qwen3VLImageProcessor(**vision.IMAGES)
image, random = config["image_token_id"], dice(5)
bank = PictureBank(model.vision_tower, processor, 4)
positions = []
for _ in range(60):
    ids, _, seen = vision_batch.example(random, pieces, bank)
    grid = [[1, 2 * each.lines, 2 * each.columns] for each in seen]
    ours = mx.array(vision_batch.rope_positions(ids, image, seen))
    if grid:
        theirs, _ = model.language_model.get_rope_index(mx.array([ids]), mx.array(grid))
        positions.append(mx.array_equal(theirs[:, 0], ours).item())
patches, grid = sight.pixels(random, [subject(random) for _ in range(5)], processor)
even = model.vision_tower(patches, grid)
for block in model.vision_tower.blocks:
    block.attn.__class__ = Attention
sizes = [processor._resolved_size(side, side) for side in range(20, 2000)]
json.dump(
    {
        "grids": len({each.features.shape[0] for seen in bank.seen.values() for each in seen}),
        "positions": positions,
        "attention": mx.allclose(even, model.vision_tower(patches, grid), atol=1e-5).item(),
        "squares": sorted(set(sizes)),
    },
    sys.stdout,
)
"""


@pytest.fixture(scope="module")
def agreed(python_json: Callable[..., Any]) -> Any:
    """What mlx-vlm computes beside what the recipe computes; one process for all."""
    return python_json("-c", AGREE)


@needs_mlx_vlm
def test_the_recipe_numbers_tokens_as_mlx_vlm_does(agreed: Any) -> None:
    assert agreed["grids"] > 1
    assert all(agreed["positions"])


@needs_mlx_vlm
def test_attention_of_all_pictures_at_once_is_that_of_each(agreed: Any) -> None:
    assert agreed["attention"]


@needs_mlx_vlm
def test_a_square_of_any_side_stays_a_square(agreed: Any) -> None:
    assert agreed["squares"] == [[112, 112]]


@needs_mlx_vlm
def test_training_goes_on_from_the_eyes_that_are_there(
    tmp_path: Path, python_json: Callable[..., Any]
) -> None:
    copytree(MODELS["demo/vision"], tmp_path, dirs_exist_ok=True)

    outcome = python_json("-m", "mlx_jupyter.demo.recipe", "vision", tmp_path, "--steps", "1")

    assert outcome["first_loss"] < 1


@pytest.mark.parametrize(
    ("width_by_height", "size"), [(1.0, (90, 90)), (2.0, (180, 90)), (0.5, (90, 180))]
)
def test_the_shorter_side_is_as_long_as_asked(
    width_by_height: float, size: tuple[int, int]
) -> None:
    shown = pictures.Subject("red", "star")

    drawn = {pictures.draw(dice(seed), shown, 90, width_by_height).size for seed in range(20)}

    assert drawn == {size}


def test_the_same_seed_draws_the_same_picture() -> None:
    shown = pictures.Subject("blue", "circle")

    first, second = (pictures.draw(dice(8), shown, 64) for _ in range(2))

    assert first.tobytes() == second.tobytes()


def test_a_shape_is_within_its_picture_and_its_bounds() -> None:
    shown = pictures.Subject("black", "circle")

    for seed in range(200):
        drawn = pictures.draw(dice(seed), shown, 100, pictures.aspect(dice(seed)), (0.12, 0.22))
        left, top, right, bottom = drawn.convert("L").point(lambda light: light < 128).getbbox()
        assert 0 < left < right < drawn.width
        assert 0 < top < bottom < drawn.height
        assert 22 <= right - left <= 46
