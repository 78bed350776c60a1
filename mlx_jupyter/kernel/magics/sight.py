"""What the user wrote after `%see` and `%%see`: pictures, and a `Question` about them.

    %see IMAGE... [question]         the question begins with the first word that is no picture;
                                     from there on it is taken as it is
    %see IMAGE... -- question        the same, where that word could be taken for a picture
    %%see IMAGE...                   the question is the rest of the cell

Options come before the pictures or between them. What an IMAGE is, `image_words` says.
"""

from __future__ import annotations

import argparse
import re

from IPython.core.error import UsageError

from mlx_jupyter.kernel.images.content import default_question
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.magics.grammar import Question, parse_options
from mlx_jupyter.kernel.magics.image_words import ImageWords
from mlx_jupyter.kernel.magics.options import flags
from mlx_jupyter.kernel.magics.words import expression_end, is_option, option_end, skip_blanks

__all__ = ["parse_sight"]

_SEPARATOR = re.compile(r"--(?=\s|$)")
_USAGE = (
    "Name a picture: %see IMAGE… [question], or %%see IMAGE… with the question below; an IMAGE is a"
    " path, a URL, or an expression."
)


def parse_sight(
    parser: argparse.ArgumentParser, words: ImageWords, line: str, cell: str | None = None
) -> tuple[Question, list[Picture]]:
    """Raises UsageError for a mistake, InvalidRequest for what is named and is no picture."""
    options: list[str] = []
    pictures: list[Picture] = []
    at = skip_blanks(line, 0)
    while at < len(line) and not _SEPARATOR.match(line, at):
        if is_option(line, at):
            end = option_end(line, at, flags(parser))
            options.append(line[at:end])
        else:
            end = expression_end(line, at)
            may_ask = pictures and cell is None
            look = words.leading if may_ask else words.pictures
            if not (found := look(line[at:end])):
                break
            pictures += found
        at = skip_blanks(line, end)
    return _question(parser, " ".join(options), line[at:], pictures, cell), pictures


def _question(
    parser: argparse.ArgumentParser,
    head: str,
    rest: str,
    pictures: list[Picture],
    cell: str | None,
) -> Question:
    arguments = parse_options(parser, head, "put -- before a question that begins with a dash")
    if not pictures:
        raise UsageError(_USAGE)
    text = _SEPARATOR.sub("", rest, count=1).strip() if _SEPARATOR.match(rest) else rest.strip()
    if cell is not None and text:
        raise UsageError(f"The question goes below %%see, not beside it: {text}")
    options = vars(arguments).copy()
    del options["positional_images"]
    name, quiet = options.pop("output"), options.pop("quiet")
    prompt = text if cell is None else cell.strip("\n")
    asked = prompt if prompt.strip() else default_question(pictures)
    return Question(asked, options, name, quiet=quiet)
