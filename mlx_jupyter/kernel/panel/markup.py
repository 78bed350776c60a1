"""What a panel shows, as HTML that needs no script. Every word from outside is escaped.

Colours are JupyterLab's own where it has some, with others for frontends that set none; what is
said by a colour is said in words too.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from zlib import crc32

from mlx_jupyter.kernel.panel.rows import Row
from mlx_jupyter.kernel.panel.segments import Segment
from mlx_jupyter.kernel.panel.state import PoolView, headline
from mlx_jupyter.kernel.units import size

__all__ = ["QUIET", "bar", "facts", "head", "legend", "log", "note", "table"]

# Said twice where a variable is wanted: JupyterLab takes variables out of the HTML of a notebook
# that it does not trust, and leaves the plain colour.
_BORDER = "1px solid #bdbdbd; border-color: var(--jp-border-color1, #bdbdbd)"
_LETTERS = "#222; color: var(--jp-content-font-color1, #222)"
QUIET = "color: var(--jp-content-font-color2, #767676)"
_HUES = ("#3f6fb5", "#24795a", "#96561f", "#8a4fa3", "#a83f53", "#527226")
"""Dark enough for white letters, light enough to stand out on a dark page."""
_STRIPES = "repeating-linear-gradient(45deg, {0} 0 4px, color-mix(in srgb, {0} 65%, black) 4px 7px)"
_OTHERS = {
    "caches": "#7a7a7a",
    "spare": "#8f8f8f",
    "others": _STRIPES.format("#6d6d6d"),
    "free": "#e8e8e8; background: var(--jp-layout-color2, #e8e8e8)",
}
_NAMES = {
    "caches": "caches",
    "spare": "spare workers",
    "others": "other programs",
    "free": "free",
}
_WORTH_A_LABEL = 0.12
"""The share of the bar from which on a part has its words inside."""


def bar(view: PoolView) -> str:
    """The budget as one line of parts; read out as a sentence."""
    total = max(sum(part.count_bytes for part in view.segments), 1)
    hues = _hues(view.segments)
    parts = "".join(_part(part, part.count_bytes / total, hues) for part in view.segments)
    said = escape(headline(view), quote=True)
    return (
        f'<div role="img" aria-label="{said}" style="display: flex; height: 20px; width: 100%;'
        f" border: {_BORDER}; border-radius: 3px; overflow: hidden;"
        f' box-sizing: border-box">{parts}</div>'
    )


def _part(part: Segment, share: float, hues: dict[str, str]) -> str:
    words = escape(_words(part))
    label = words if share >= _WORTH_A_LABEL else ""
    letters = _LETTERS if part.part == "free" else "#fff"
    return (
        f'<div title="{words}" style="flex: {share:.5f} 0 0; min-width: 2px; overflow: hidden;'
        f" background: {_background(part, hues)}; color: {letters}; font-size: 11px;"
        f' line-height: 18px; padding: 0 {4 if label else 0}px; white-space: nowrap">{label}</div>'
    )


def legend(view: PoolView) -> str:
    """The parts in words, each with its pattern."""
    hues = _hues(view.segments)
    items = "".join(
        '<li style="display: inline-block; margin: 0 14px 0 0; white-space: nowrap">'
        f"{_swatch(_background(part, hues))}{escape(_words(part))}</li>"
        for part in view.segments
    )
    return (
        '<ul aria-label="The parts of the memory" style="list-style: none; margin: 4px 0 0;'
        f' padding: 0; font-size: 12px; line-height: 18px">{items}</ul>'
    )


def _words(part: Segment) -> str:
    amount = size(part.count_bytes)
    match part.part:
        case "weights":
            return f"{part.model} {amount}"
        case "keys":
            return f"{part.model}: keys and values {amount}"
        case "features":
            return f"{part.model}: features of pictures {amount}"
        case "moving":
            return f"{part.model} (coming or going) {amount}"
    return f"{_NAMES[part.part]} {amount}"


def _background(part: Segment, hues: dict[str, str]) -> str:
    if not part.model:
        return _OTHERS[part.part]
    hue = hues[part.model]
    return hue if part.part == "weights" else _STRIPES.format(hue)


def _hues(parts: Iterable[Segment]) -> dict[str, str]:
    """A model keeps its hue when others come and go, unless they want the same."""
    hues: dict[str, str] = {}
    for model in sorted({part.model for part in parts if part.model}):
        first = crc32(model.encode()) % len(_HUES)
        order = [*_HUES[first:], *_HUES[:first]]
        hues[model] = next((hue for hue in order if hue not in hues.values()), order[0])
    return hues


def _swatch(background: str) -> str:
    return (
        f'<span aria-hidden="true" style="display: inline-block; width: 10px; height: 10px;'
        f" margin-right: 5px; border: {_BORDER};"
        f' background: {background}"></span>'
    )


def facts(row: Row) -> str:
    """One model: its name, then what there is to know of it."""
    said = " · ".join([row.kind, row.size, row.state, *row.facts])
    progress = "" if row.share is None else _progress(row)
    error = f'<div style="color: var(--jp-error-color1, #b00020)">Error: {escape(row.error)}</div>'
    return (
        '<div style="line-height: 16px; padding: 2px 0">'
        f'<div style="font-weight: 600; overflow-wrap: anywhere">{escape(row.model)}</div>'
        f'<div style="font-size: 12px; {QUIET}">{escape(said)}{progress}</div>'
        f"{error if row.error else ''}</div>"
    )


def _progress(row: Row) -> str:
    label = escape(f"{row.model}, {row.state}", quote=True)
    value = f"{row.share or 0.0:.3f}"
    return (
        f' <progress aria-label="{label}" max="1" value="{value}" style="width: 90px; height: 8px;'
        ' vertical-align: middle"></progress>'
    )


def log(view: PoolView) -> str:
    """Folded until it is wanted: how many lines there are is said first, and the newest one."""
    if not view.log:
        return f'<div style="font-size: 12px; {QUIET}">Nothing has been evicted yet.</div>'
    lines = "".join(f"<li>{escape(line)}</li>" for line in view.log)
    return (
        '<details style="font-size: 12px; line-height: 18px"><summary>Evictions and failures '
        f"(the last {len(view.log)}): {escape(view.log[0])}</summary>"
        '<ol style="margin: 2px 0 0; padding-left: 24px; max-height: 180px; overflow: auto">'
        f"{lines}</ol></details>"
    )


def note(text: str, *, is_error: bool = False) -> str:
    """What came of a click; a screen reader says it."""
    colour = "color: var(--jp-error-color1, #b00020)" if is_error else QUIET
    return (
        f'<div role="status" style="font-size: 12px; line-height: 16px; {colour};'
        f' overflow-wrap: anywhere">{escape(" ".join(text.split()))}</div>'
    )


def table(view: PoolView, caption: str) -> str:
    """The models, for pages on which nothing moves."""
    columns = ("Model", "Kind", "Size", "State", "Details")
    head = "".join(f'<th scope="col" style="text-align: left">{name}</th>' for name in columns)
    body = "".join(_table_row(row) for row in view.rows)
    empty = '<tr><td colspan="5" style="text-align: left">No model is loaded.</td></tr>'
    return (
        '<table><caption style="text-align: left; white-space: nowrap">'
        f"{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body or empty}</tbody></table>"
    )


def _table_row(row: Row) -> str:
    details = ", ".join([*row.facts, row.error] if row.error else row.facts)
    cells = "".join(
        f'<td style="text-align: left">{escape(text)}</td>'
        for text in (row.kind, row.size, row.state, details)
    )
    return f'<tr><th scope="row" style="text-align: left">{escape(row.model)}</th>{cells}</tr>'


def head(headline: str, status: str, *, is_error: bool = False) -> str:
    """The first line of a panel, and under it whether it is live."""
    return (
        f'<div style="line-height: 18px"><b>MLX memory</b> · {escape(headline)}</div>'
        f"{note(status, is_error=is_error)}"
    )
