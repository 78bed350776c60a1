"""What may follow an expression as in an f-string: `!r`, `:.2f`, `:%Y-%m-%d`.

Only what can hardly mean anything else is taken: `style={{flex:1}}` and `{{a: b}}` are not ours.
A format is

1. a place in a width: `:>10`, `:*^20`
2. a number with separators: `:,`, `:_d`, `:,.2f`
3. a number with a type and a width or precision: `:.2f`, `:05d`, `:.0%`
4. a date's, which begins with a percent sign: `:%d.%m.%Y`
"""

from __future__ import annotations

import re

__all__ = ["split_format"]

_FORMAT = re.compile(
    r"(?:[^\w\s]|0)?[<>^]\d+[,_]?(?:\.\d+)?[A-Za-z%]?"  # 1
    r"|[-+]?\#?0?\d*[,_](?:\.\d+)?[bdeEfFgGnosxX%]?"  # 2
    r"|[-+]?(?=[#.\d]*\d)\#?\d*(?:\.\d+)?[bdeEfFgGnosxX%]"  # 3
    r"|%[A-Za-z][^{}\n]*"  # 4
)
_CONVERSION = re.compile(r"(.+?)\s*!([rsa])\s*", re.DOTALL)


def split_format(text: str) -> list[tuple[str, str, str]]:
    """All ways to read `text` as an expression, a conversion ("", "r", "s", "a") and a format, of
    which at least one is there; the expressions have not been parsed yet."""
    colons = [found.start() for found in re.finditer(":", text)]
    heads = [(text[:at], text[at + 1 :].rstrip()) for at in colons]
    heads = [(head, spec) for head, spec in heads if _FORMAT.fullmatch(spec)]
    ways = []
    for head, spec in [(text, ""), *heads]:
        converted = _CONVERSION.fullmatch(head)
        if converted:
            ways.append((converted[1], converted[2], spec))
        elif spec:
            ways.append((head, "", spec))
    return ways
