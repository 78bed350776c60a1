"""Looks what a question would cost, and asks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.reports.dry_run import DryRunReport
from mlx_jupyter.wire.tokenize import TokenizedText

__all__ = ["dry_run"]

Message = dict[str, Any]

_OF_THE_TEMPLATE = ("chat_template_kwargs", "enable_thinking")


def dry_run(
    session: Session, messages: Sequence[Message], options: Mapping[str, Any]
) -> DryRunReport:
    """What `Pool.chat(messages, **options)` would cost. Loads nothing and generates nothing.

    Without a model it is the session's, else the server's own. Raises `RequestFailed` for a model
    that is neither here nor could be fetched.
    """
    return session.connection.use(lambda pool: _look(pool, session, messages, options))


def _look(
    pool: Pool, session: Session, messages: Sequence[Message], options: Mapping[str, Any]
) -> DryRunReport:
    texts, pictures = _without_pictures(messages)
    if options.get("system"):
        texts = [{"role": "system", "content": options["system"]}, *texts]
    model = options.get("model") or _usual_model(pool, session, sees=pictures > 0)
    max_tokens = options.get("max_tokens") or options.get("max_completion_tokens")
    tokens = _counted(pool, texts, model, options)
    count, choices = (tokens.count if tokens else None), options.get("n")
    plan = pool.plan(model, prompt_tokens=count, max_tokens=max_tokens, n=choices)
    return DryRunReport(plan, tokens, max_tokens, choices or 1, pictures)


def _usual_model(pool: Pool, session: Session, *, sees: bool) -> str:
    """A session's model that cannot see is not asked about pictures; see `ask`."""
    if session.model and (session.model_sees or not sees):
        return session.model
    return pool.health(ping=False).defaults["vision" if sees else "text"]


def _counted(
    pool: Pool, messages: Sequence[Message], model: str, options: Mapping[str, Any]
) -> TokenizedText | None:
    """None for a model that is not here: the plan knows whether it could be."""
    given = {name: options[name] for name in _OF_THE_TEMPLATE if options.get(name) is not None}
    try:
        return pool.tokenize(messages, model, **given)
    except RequestFailed as error:
        if error.http_status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _without_pictures(messages: Sequence[Message]) -> tuple[list[Message], int]:
    """What the server counts, and how many pictures it does not."""
    texts, pictures = [], 0
    for message in messages:
        content = message.get("content")
        if isinstance(content, list | tuple):
            kept = [part for part in content if part.get("type") != "image_url"]
            pictures += len(content) - len(kept)
            message = {**message, "content": kept}
        texts.append(message)
    return texts, pictures
