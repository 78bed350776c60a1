"""Pictures for the vision model: one shape of one color on a light ground, never twice the same.

They differ as the pictures differ that people make: drawn with smooth edges or without, as CSS or
matplotlib names the colors, square or as wide as a figure, and stored as JPEG or not.
"""

import math
from io import BytesIO
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw

__all__ = ["COLORS", "REACH", "SHAPES", "Subject", "aspect", "draw", "subject"]

RGB = tuple[int, int, int]

COLORS: dict[str, tuple[RGB, ...]] = {
    "red": ((220, 30, 30), (255, 0, 0), (214, 39, 40)),
    "green": ((30, 160, 50), (0, 128, 0), (0, 255, 0)),
    "blue": ((40, 70, 220), (0, 0, 255), (31, 119, 180)),
    "yellow": ((240, 210, 30), (255, 255, 0)),
    "purple": ((140, 40, 170), (128, 0, 128), (148, 103, 189)),
    "orange": ((245, 130, 20), (255, 165, 0), (255, 127, 14)),
    "black": ((20, 20, 20), (0, 0, 0)),
}
SHAPES = ("circle", "square", "triangle", "star")
GROUNDS = ((255, 255, 255), (245, 245, 245), (235, 240, 250), (250, 245, 230))
TINT = 18
REACH = (0.12, 0.5)
WIDEST = 2.0
SCALES = (1, 1, 2)
JPEG_SHARE, JPEG_QUALITIES = 0.2, (60, 95)


class Subject(NamedTuple):
    """What a picture shows."""

    color: str
    shape: str

    def __str__(self) -> str:
        return f"{'an' if self.color[0] in 'aeiou' else 'a'} {self.color} {self.shape}"


def subject(random: Random) -> Subject:
    """A color and a shape, drawn at random."""
    return Subject(random.choice(tuple(COLORS)), random.choice(SHAPES))


def aspect(random: Random) -> float:
    """Width by height: square in four of ten, else anything from 1:2 to 2:1."""
    return 1.0 if random.random() < 0.4 else WIDEST ** random.uniform(-1, 1)


def draw(
    random: Random,
    shown: Subject,
    side_pixels: int,
    width_by_height: float = 1.0,
    reach: tuple[float, float] = REACH,
) -> Image.Image:
    """A picture of the subject, its shorter side so long; all else is drawn at random.

    `reach` bounds the radius, as a share of the shorter side; small ones are more frequent.
    """
    scale = random.choice(SCALES)
    width = round(side_pixels * max(1.0, width_by_height))
    height = round(side_pixels * max(1.0, 1 / width_by_height))
    image = Image.new("RGB", (scale * width, scale * height), random.choice(GROUNDS))
    radius = scale * side_pixels * math.exp(random.uniform(*map(math.log, reach)))
    centre = (place(random, image.width, radius), place(random, image.height, radius))
    paint(ImageDraw.Draw(image), shown.shape, centre, radius, shade(random, shown.color))
    if scale > 1:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return compressed(random, image) if random.random() < JPEG_SHARE else image


def place(random: Random, length: int, radius: float) -> float:
    """A coordinate of the centre, not too far from the middle."""
    room = (length / 2 - radius) * 0.7
    return length / 2 + random.uniform(-room, room)


def shade(random: Random, color: str) -> RGB:
    """One of the color's shades, in every second picture a little off."""
    exact = random.choice(COLORS[color])
    tint = random.choice((0, TINT))
    red, green, blue = (min(255, max(0, value + random.randint(-tint, tint))) for value in exact)
    return red, green, blue


def compressed(random: Random, image: Image.Image) -> Image.Image:
    """The picture with the artefacts of JPEG."""
    file = BytesIO()
    image.save(file, "JPEG", quality=random.randint(*JPEG_QUALITIES))
    return Image.open(file)


def paint(
    canvas: ImageDraw.ImageDraw,
    shape: str,
    centre: tuple[float, float],
    radius: float,
    color: RGB,
) -> None:
    """Fill one shape around its centre."""
    x, y = centre
    if shape == "circle":
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    elif shape == "square":
        half = radius * 0.88
        canvas.rectangle((x - half, y - half, x + half, y + half), fill=color)
    elif shape == "triangle":
        foot = y + radius * 0.8
        canvas.polygon([(x, y - radius), (x - radius, foot), (x + radius, foot)], fill=color)
    else:
        canvas.polygon(star(x, y, radius), fill=color)


def star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """The ten corners of a star with five points."""
    corners = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.42
        angle = corner * math.pi / 5
        corners.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return corners
