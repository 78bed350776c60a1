"""The chat template of a checkpoint, and whether it is one."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2

from mlx_jupyter.catalog.json_file import MAX_CONFIG_BYTES, read_bounded, read_object_if_present
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["chat_templates", "check_chat_template"]

_GENERATION_TAG = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")
"""A tag that transformers adds to Jinja; it marks what the assistant said and renders nothing."""


def check_chat_template(folder: Path) -> None:
    """Raises `CheckpointInvalid` if a chat template is not valid Jinja, with line and reason.

    A checkpoint without a template is fine: it has completions, and no chat. What a template does
    when it runs (it may refuse a role) is not tried.
    """
    environment = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"], autoescape=True)
    for source, template in chat_templates(folder).items():
        try:
            environment.parse(_GENERATION_TAG.sub("", template))
        except jinja2.TemplateSyntaxError as error:
            raise CheckpointInvalid(
                f"The chat template in {folder / source} is not valid Jinja: line {error.lineno}: "
                f"{error.message}. Correct it there, or download the model again."
            ) from None


def chat_templates(folder: Path) -> dict[str, str]:
    """Templates by where they are: a file of their own, else an entry in a config file.

    `tokenizer_config.json` has one template, or a list of named ones. Raises `CheckpointInvalid`
    for a file that cannot be read.
    """
    found: dict[str, str] = {}
    if (folder / "chat_template.jinja").exists():
        found["chat_template.jinja"] = _text(folder / "chat_template.jinja")
    for name in ("chat_template.json", "tokenizer_config.json"):
        value = read_object_if_present(folder / name).get("chat_template")
        for label, template in _named(value):
            found[f"{name}{label}"] = template
    return found


def _named(value: object) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [("", value)]
    if not isinstance(value, list):
        return []
    return [
        (f" ({entry.get('name')})", entry["template"])
        for entry in value
        if isinstance(entry, dict) and isinstance(entry.get("template"), str)
    ]


def _text(path: Path) -> str:
    return read_bounded(path, MAX_CONFIG_BYTES).decode("utf-8", errors="replace")
