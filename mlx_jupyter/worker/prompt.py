"""From a request to token ids: the checkpoint's own chat template, or a text as it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from jinja2.exceptions import TemplateError
from mlx_lm.tokenizer_utils import TokenizerWrapper

from mlx_jupyter.errors import ContextExceeded, InvalidRequest, UnsupportedParameter
from mlx_jupyter.messages import DEFAULT_MAX_TOKENS, Generate
from mlx_jupyter.worker.infill import Infill
from mlx_jupyter.worker.loading import Language
from mlx_jupyter.worker.turns import partings

__all__ = [
    "budget",
    "characters_of",
    "first_rendered",
    "refuse_endless",
    "tokenize",
    "turn_partings",
]

T = TypeVar("T")
Messages = list[dict[str, object]]


def tokenize(language: Language, request: Generate) -> list[int]:
    """The prompt's token ids, at least one. Raises `InvalidRequest` where the template refuses the
    messages, where there is none, and where ids lie outside the vocabulary; and for a suffix where
    the model has no marks for one."""
    vocabulary = language.vocabulary
    tokens = _tokens(language, request)
    if not tokens:
        raise InvalidRequest("The prompt is empty: it has no tokens.", param=_where(request))
    bad = next((token for token in tokens if not 0 <= token < vocabulary), None)
    if bad is not None:
        raise InvalidRequest(
            f"Token id {bad} is not in the vocabulary of {vocabulary} tokens.", param="prompt"
        )
    return tokens


def _where(request: Generate) -> str:
    return "prompt" if request.messages is None else "messages"


def refuse_endless(request: Generate, most_characters: int) -> None:
    """Raises `ContextExceeded` for a text that cannot fit, before seconds are spent on its tokens:
    tokenizing holds up every sequence of the model."""
    characters = characters_of(request)
    if characters > most_characters:
        raise ContextExceeded(
            f"The prompt has {characters} characters; not more than {most_characters} can fit into "
            "this model's context.",
            param=_where(request),
        )


def characters_of(request: Generate) -> int:
    """Of all its texts; of token ids their number."""
    texts = [request.prompt or ""] if request.messages is None else request.messages
    characters = sum(_characters(t["content"]) if isinstance(t, dict) else len(t) for t in texts)
    return characters + len(request.suffix or "")


def _characters(content: object) -> int:
    if isinstance(content, list):
        return sum(len(str(part.get("text", ""))) for part in content)
    return len(str(content))


def _tokens(language: Language, request: Generate) -> list[int]:
    tokenizer = language.tokenizer
    if request.messages is not None:
        return _chat_tokens(tokenizer, request)
    if request.suffix is not None:
        return _infill_tokens(language, request.prompt or "", request.suffix)
    if isinstance(request.prompt, str):
        return list(tokenizer.encode(request.prompt))
    return request.prompt or []


def _infill_tokens(language: Language, prefix: str | list[int], suffix: str) -> list[int]:
    infill = language.infill
    if infill is None:
        raise UnsupportedParameter(
            "This model cannot fill in the middle: its vocabulary has no marks for that. Leave "
            "'suffix' out, or choose a code model (Qwen2.5-Coder, StarCoder2, Codestral).",
            param="suffix",
        )
    tokenizer = language.tokenizer
    before = _plain(tokenizer, prefix) if isinstance(prefix, str) else prefix
    return infill.prompt(_begin(tokenizer), before, _behind_mark(tokenizer, infill, suffix))


def _behind_mark(tokenizer: TokenizerWrapper, infill: Infill, suffix: str) -> list[int]:
    marked = _plain(tokenizer, infill.suffix_mark + suffix)
    return marked[1:] if marked[:1] == [infill.suffix] else _plain(tokenizer, suffix)


def _plain(tokenizer: TokenizerWrapper, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def _begin(tokenizer: TokenizerWrapper) -> list[int]:
    """What is put before any text, and not what may be put behind it."""
    first = list(tokenizer.encode(""))[:1]
    return first if first == [tokenizer.bos_token_id] else []


def _chat_tokens(tokenizer: TokenizerWrapper, request: Generate) -> list[int]:
    if not tokenizer.has_chat_template:
        raise InvalidRequest(
            "This model has no chat template, so it cannot chat. Use v1/completions, or put a "
            "chat_template.jinja into its folder.",
            param="model",
        )
    return first_rendered(request.messages or [], _renderer(tokenizer, request))


def _renderer(tokenizer: TokenizerWrapper, request: Generate) -> Callable[[Messages], list[int]]:
    options = {"add_generation_prompt": True, **request.template_options}

    def render(messages: Messages) -> list[int]:
        return list(tokenizer.apply_chat_template(messages, **options))

    return render


def turn_partings(
    tokenizer: TokenizerWrapper, request: Generate, tokens: list[int]
) -> tuple[int, ...]:
    """Where the prompt of a chat and those of its other turns part (`turns.partings`)."""
    if not request.messages:
        return ()
    render = _renderer(tokenizer, request)
    return partings(request.messages, tokens, lambda chat: first_rendered(chat, render))


def first_rendered(messages: Messages, render: Callable[[Messages], T]) -> T:
    """The messages as the chat template has them; where it refuses a system text, with that in the
    first user turn. Raises `InvalidRequest`."""
    try:
        return render(messages)
    except (TemplateError, TypeError, ValueError) as error:
        folded = _without_system(messages)
        if folded is not None:
            with contextlib.suppress(TemplateError, TypeError, ValueError):
                return render(folded)
        raise InvalidRequest(
            f"The model's chat template refuses these messages: {error}", param="messages"
        ) from error


def _without_system(messages: Messages) -> Messages | None:
    """The system text before the first user turn, a blank line between; None where there is none.

    Old templates of Mistral's and Gemma's know no system role and refuse it.
    """
    roles = [message.get("role") for message in messages]
    if len(roles) < 2 or roles[:2] != ["system", "user"]:
        return None
    system, question = messages[0]["content"], messages[1]["content"]
    content: object = f"{system}\n\n{question}"
    if isinstance(question, list):
        content = [{"type": "text", "text": f"{system}\n\n"}, *question]
    return [{**messages[1], "content": content}, *messages[2:]]


def budget(prompt_tokens: int, request: Generate, context_length: int) -> int:
    """How many tokens may be generated. Raises `ContextExceeded` where it all does not fit."""
    asked = request.max_tokens
    room = context_length - prompt_tokens
    if room < 1:
        raise ContextExceeded(
            f"This model's context is {context_length} tokens; the prompt alone has "
            f"{prompt_tokens}. Shorten it.",
            param=_where(request),
        )
    if asked is None:
        return min(room, DEFAULT_MAX_TOKENS)
    if asked > room:
        raise ContextExceeded(
            f"This model's context is {context_length} tokens; {prompt_tokens} of the prompt and "
            f"{asked} of max_tokens exceed it. Ask for at most {room}.",
            param="max_tokens",
        )
    return asked
