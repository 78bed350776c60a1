"""Where a picture is, as a text says: an address, a `data:` URL, a path, or a pattern of paths."""

from __future__ import annotations

import binascii
import os
import re
from base64 import b64decode
from glob import glob, has_magic
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images.encoding import picture_of_data
from mlx_jupyter.kernel.images.limits import MAX_FILE_BYTES, check_bytes
from mlx_jupyter.kernel.images.picture import Picture

__all__ = ["files_at", "has_picture_suffix", "is_url", "pictures_at"]

_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm"),
    *(".ico", ".avif", ".heic", ".heif", ".jp2", ".svg", ".eps"),
)
_URL = re.compile(r"https?://|data:", re.IGNORECASE)
_DATA_NAME = "image"


def is_url(text: str) -> bool:
    return _URL.match(text) is not None


def has_picture_suffix(text: str) -> bool:
    """Also of a few kinds that cannot be read: who writes them means a picture."""
    return text.lower().endswith(_SUFFIXES)


def pictures_at(text: str, label: str | None = None) -> list[Picture]:
    """One for a URL or a path, some for a pattern; `label` is for a `data:` URL.

    Addresses are passed on, not fetched. Raises ImageInvalid, which names what is missing.
    """
    if text[:5].lower() == "data:":
        label = label or _DATA_NAME
        return [picture_of_data(_data_in(text, label), label)]
    if is_url(text):
        return [Picture(_host(text), url=text)]
    files = files_at(text)
    if not files:
        raise ImageInvalid(f"No file matches {text}." if has_magic(text) else _missing(text))
    return [picture_of_data(_read(file), file.name) for file in files]


def files_at(text: str) -> list[Path]:
    """The file at a path, else those that match it as a pattern, 2 before 10; maybe none."""
    path = os.path.expanduser(text)
    # os.path says False where Path raises: for a name that is too long, or a folder that is closed.
    if os.path.isfile(path):
        return [Path(path)]
    if not has_magic(path):
        return []
    return [
        Path(found)
        for found in sorted(glob(path, recursive=True), key=_natural)
        if os.path.isfile(found)
    ]


def _natural(path: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", path.casefold())
    return [int(part) if at % 2 else part for at, part in enumerate(parts)], path


def _missing(text: str) -> str:
    if os.path.isdir(os.path.expanduser(text)):
        return f"{text} is a folder: name a file in it, or {text.rstrip('/')}/*.png."
    return f"There is no file {text}."


def _read(file: Path) -> bytes:
    try:
        check_bytes(file.stat().st_size, file.name)
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImageInvalid(f"{file} cannot be read: {error.strerror}.") from error


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host or any(letter.isspace() for letter in url):
        raise ImageInvalid(f"{url!r} is no address of a picture.")
    return host


def _data_in(url: str, name: str) -> bytes:
    head, comma, payload = url.partition(",")
    if not comma:
        raise ImageInvalid(f"The data: URL of {name} has no comma, so no data.")
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(payload)
    check_bytes(len(payload) * 3 // 4, name)
    try:
        return b64decode(unquote_to_bytes(payload))
    except binascii.Error as error:
        raise ImageInvalid(f"The data: URL of {name} is no base64: {error}.") from error
