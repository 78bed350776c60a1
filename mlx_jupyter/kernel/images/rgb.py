"""Any picture of Pillow's as plain red, green and blue: upright, opaque, eight bits deep."""

from __future__ import annotations

import math

from PIL import Image, ImageOps

from mlx_jupyter.errors import ImageInvalid

__all__ = ["as_rgb"]

_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_BYTE, _WORD = 2**8 - 1, 2**16 - 1


def as_rgb(image: Image.Image, name: str) -> Image.Image:
    """A new picture in mode RGB, turned as its EXIF says, what is transparent on white.

    Raises ImageInvalid where the values mean no brightness, and what Pillow raises.
    """
    upright = ImageOps.exif_transpose(image)
    flat = _on_white(_eight_bits(upright, name))
    # What is left there (a colour profile, a transparent colour) would be saved with the picture.
    flat.info = {}
    return flat


def _eight_bits(image: Image.Image, name: str) -> Image.Image:
    """1. 16 bits, by their mode or their values: the upper 8 of them. 2. Floats in 0..1: times 255.
    3. Values in 0..255: as they are. 4. Anything else: from its lowest to its highest value."""
    if image.mode not in _DEEP_MODES:
        return image
    values = image.convert("F")
    low, high = _extrema(values)
    if not math.isfinite(low) or not math.isfinite(high):
        raise ImageInvalid(f"{name} holds values that are not finite numbers.")
    if image.mode.startswith("I;16") or (image.mode == "I" and low >= 0 and _BYTE < high <= _WORD):
        low, high = 0, _WORD  # 1
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0, 1  # 2
    elif low >= 0 and high <= _BYTE:
        low, high = 0, _BYTE  # 3
    scale = _BYTE / ((high - low) or 1)  # 4 is what is left
    shift = 0.5 - low * scale
    grey = values.point(lambda value: value * scale + shift).convert("L")
    grey.info = {}
    return grey


def _extrema(values: Image.Image) -> tuple[float, float]:
    low, high = values.getextrema()
    return float(low), float(high)  # type: ignore[arg-type]  # one band: two numbers


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")
