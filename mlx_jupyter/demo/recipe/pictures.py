"""Pictures for the vision model: one shape of one color on a light ground, never twice the same."""

import math
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw

__all__ = ["COLORS", "SHAPES", "Subject", "draw", "subject"]

COLORS = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (40, 70, 220),
    "yellow": (240, 210, 30),
    "purple": (140, 40, 170),
    "orange": (245, 130, 20),
    "black": (20, 20, 20),
}
SHAPES = ("circle", "square", "triangle", "star")
GROUNDS = ((255, 255, 255), (245, 245, 245), (235, 240, 250), (250, 245, 230))
TINT = 18


class Subject(NamedTuple):
    """What a picture shows."""

    color: str
    shape: str

    def __str__(self) -> str:
        return f"{'an' if self.color[0] in 'aeiou' else 'a'} {self.color} {self.shape}"


def subject(random: Random) -> Subject:
    """A color and a shape, drawn at random."""
    return Subject(random.choice(tuple(COLORS)), random.choice(SHAPES))


def draw(random: Random, shown: Subject, side_pixels: int) -> Image.Image:
    """A square picture of the subject; its place, size, tint and ground are drawn at random."""
    side = 2 * side_pixels
    image = Image.new("RGB", (side, side), random.choice(GROUNDS))
    radius = side * random.uniform(0.24, 0.42)
    room = (side / 2 - radius) * 0.7
    x, y = (side / 2 + random.uniform(-room, room) for _ in range(2))
    red, green, blue = (
        min(255, max(0, value + random.randint(-TINT, TINT))) for value in COLORS[shown.color]
    )
    paint(ImageDraw.Draw(image), shown.shape, (x, y), radius, (red, green, blue))
    return image.resize((side_pixels, side_pixels), Image.Resampling.LANCZOS)


def paint(
    canvas: ImageDraw.ImageDraw,
    shape: str,
    centre: tuple[float, float],
    radius: float,
    color: tuple[int, int, int],
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
