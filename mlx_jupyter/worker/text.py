"""Text: what the engine of a model that reads and writes text is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from mlx_lm.models.cache import make_prompt_cache

from mlx_jupyter.catalog.digest import digest
from mlx_jupyter.errors import WrongKind
from mlx_jupyter.messages import DEFAULT_MAX_TOKENS, Generate, Load, Picture
from mlx_jupyter.worker.aside import Aside
from mlx_jupyter.worker.batch import Prompt
from mlx_jupyter.worker.engine import Engine
from mlx_jupyter.worker.generation import GenerationEngine
from mlx_jupyter.worker.kv import KV, reach
from mlx_jupyter.worker.lexer import ChatLexer, Lexer
from mlx_jupyter.worker.loading import Language, load_language, load_text
from mlx_jupyter.worker.prompt import refuse_endless, tokenize, turn_partings
from mlx_jupyter.worker.prompt_cache import PromptCache
from mlx_jupyter.worker.prompt_cache_files import PromptCacheFiles
from mlx_jupyter.worker.text_batches import make_batch

__all__ = ["make_engine", "make_lexer"]


def make_engine(command: Load, look_for_cancels: Callable[[], None]) -> Engine:
    """Raises what the loader has to say."""
    adapter = Path(command.adapter) if command.adapter else None
    text = load_text(
        Path(command.path),
        adapter=adapter,
        trusted=command.trusted,
        float32=command.float32,
        batched=command.kv_bits is None,
    )
    language, layers = text.language, make_prompt_cache(text.model)
    cache = PromptCache(command.prompt_cache_bytes, _files(command, layers))
    batch = make_batch(command, text, cache, reach(layers))
    read = partial(_read, language, reach=reach(layers))
    return GenerationEngine(language, batch, read, cache, Aside(read))


def make_lexer(command: Load) -> Lexer:
    """As `make_engine`, without the weights."""
    language = load_language(Path(command.path), trusted=command.trusted)
    return ChatLexer(language, partial(_read, language))


def _files(command: Load, layers: KV) -> PromptCacheFiles | None:
    if not command.prompt_cache_dir:
        return None
    if command.kv_bits is not None:  # of quantised keys there are no files yet
        return None
    folders = [Path(one) for one in (command.path, command.adapter) if one]
    computed = (version("mlx-lm"), command.kv_bits, command.float32)
    names = [type(layer).__name__ for layer in layers]
    folder = Path(command.prompt_cache_dir)
    return PromptCacheFiles(folder, digest(folders, *computed), names, command.prompt_cache_bytes)


def _read(
    language: Language,
    request: Generate,
    pictures: Sequence[Picture],
    reach: float = float("inf"),
) -> Prompt:
    """Of a chat that goes beyond `reach` with the places where the prompts of its turns part."""
    if pictures:  # its kind was not known when the request came: it had to be downloaded
        raise WrongKind("This model does not support vision.", param="model")
    refuse_endless(request, language.longest_prompt_characters)
    tokens = tokenize(language, request)
    longest = len(tokens) + (request.max_tokens or DEFAULT_MAX_TOKENS)
    if longest <= reach:
        return Prompt(tokens)
    return Prompt(tokens, partings=turn_partings(language.tokenizer, request, tokens))
