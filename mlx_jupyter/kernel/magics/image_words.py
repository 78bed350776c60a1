"""What a word on the line of a magic means as a picture, in the user's namespace.

A word is, in this order

1. a URL
2. the path of a file, in quotes if it has blanks
3. a Python expression whose names are all known: its value is a picture, or several
4. a pattern of paths that some files match

On a `%see` line the question may follow: there a later word of kind 2 or 4 without the suffix of a
picture, or a single name, begins the question if it turns out to be no picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import ImageInvalid, InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.expression import free_names, is_known
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.images.place import files_at, has_picture_suffix, is_url, pictures_at
from mlx_jupyter.kernel.images.source import pictures_in

__all__ = ["ImageWords"]

_IPYTHONS = ("In", "Out", "exit", "quit", "get_ipython")
"""Its own names, of which one is a word that questions begin with."""


class ImageWords:
    """Expressions are evaluated once for each call that meets them."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def pictures(self, word: str) -> list[Picture]:
        """What a word that must be a picture means. Raises InvalidRequest, which names it."""
        word = _bare(word)
        text = _unquoted(word)
        if is_url(text) or _is_file(text):  # 1, 2
            return pictures_at(text)
        names = free_names(word)
        unknown = sorted(name for name in names or () if not self._is_known(name))
        if names and not unknown:  # 3
            return self._evaluated(word)
        is_nowhere = not _looks_like_place(word) and not files_at(text)
        if names and is_nowhere:
            raise InvalidRequest(f"{word} is no file, and there is no variable {unknown[0]!r}.")
        if names is None and is_nowhere:
            raise InvalidRequest(f"{word} is neither a file nor a URL nor an expression.")
        return pictures_at(text)  # 4, and the error that it is none

    def leading(self, word: str) -> list[Picture]:
        """What a later word of a `%see` line means; nothing if the question begins with it."""
        word = _bare(word)
        text = _unquoted(word)
        if is_url(text) or has_picture_suffix(text):
            return self.pictures(word)
        if _is_file(text):
            return _unless_invalid(lambda: pictures_at(text))
        names = free_names(word) or set()
        is_users = any(name in self._shell.user_ns for name in names)
        if not is_users or not all(map(self._is_known, names)):
            return _unless_invalid(lambda: pictures_at(text)) if files_at(text) else []
        if word.isidentifier():
            return self._named(word)
        return self.pictures(word)

    def _named(self, name: str) -> list[Picture]:
        value = self._shell.user_ns[name]
        texts = [value] if isinstance(value, str) else value
        only_texts = isinstance(texts, list | tuple) and all(isinstance(t, str) for t in texts)
        if name in _IPYTHONS or (only_texts and not all(map(_names_a_picture, texts))):
            return []
        try:
            return self._pictures_in(lambda: value, name)
        except ImageInvalid:
            raise
        except InvalidRequest:
            return []

    def _evaluated(self, word: str) -> list[Picture]:
        found = self._pictures_in(lambda: self._shell.ev(word), word)
        if not found:
            raise InvalidRequest(f"{word} holds no picture.")
        return found

    def _pictures_in(self, value: Callable[[], object], word: str) -> list[Picture]:
        try:
            return pictures_in(value(), word)
        except MLXJupyterError:
            raise
        except Exception as error:  # the user's code, in an expression or a repr
            if has_picture_suffix(word):
                raise ImageInvalid(f"There is no file {word}.") from error
            raise InvalidRequest(f"{word} failed: {type(error).__name__}: {error}") from error

    def _is_known(self, name: str) -> bool:
        return is_known(self._shell, name)


def _names_a_picture(text: str) -> bool:
    return is_url(text) or has_picture_suffix(text) or bool(files_at(text))


def _unless_invalid(look: Callable[[], list[Picture]]) -> list[Picture]:
    try:
        return look()
    except ImageInvalid:
        return []


def _bare(word: str) -> str:
    """Without a comma behind it, and the braces that an expression has in a prompt."""
    word = word.rstrip(",")
    return word[2:-2].strip() if word.startswith("{{") and word.endswith("}}") else word


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] in "\"'" and word.find(word[0], 1) == len(word) - 1:
        return word[1:-1]
    return word.replace("\\ ", " ")


def _is_file(text: str) -> bool:
    return os.path.isfile(os.path.expanduser(text))


def _looks_like_place(word: str) -> bool:
    return "/" in word or word.startswith(('"', "'", "~")) or has_picture_suffix(word)
