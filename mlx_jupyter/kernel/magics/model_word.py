"""A hint for who writes the model's id at the head of a `%chat` line, where it is text."""

from __future__ import annotations

from mlx_jupyter.kernel.magics.session import Session

__all__ = ["model_word_warnings"]


def model_word_warnings(session: Session, word: str | None) -> tuple[str, ...]:
    """Asks the server, but only for a `word` that looks like an id."""
    if word is None:
        return ()
    ids = session.connection.use(lambda pool: {model.id for model in pool.models()})
    if word not in ids:
        return ()
    return (f"{word} was taken as a word of the question; to ask that model: %chat -m {word} …",)
