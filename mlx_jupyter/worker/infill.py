"""Fill in the middle: a prompt of two texts, and the model writes what stands between them.

mlx-lm 0.32.2 knows nothing of it, and neither does a chat template. A checkpoint that was trained
for it has marks of its own in its vocabulary, by which it is recognised here, as in llama.cpp
(`src/llama-vocab.cpp`): Qwen's later chat models and Mistral's have them too, and do what they can.

| marks of | order | source |
|---|---|---|
| Qwen2.5-Coder, Qwen3, Granite 4 | prefix, suffix, middle | arXiv 2409.12186 |
| CodeGemma | the same | its guide, ai.google.dev/gemma/docs/codegemma |
| StarCoder, StarCoder2, Stable Code, Granite Code | prefix, suffix, middle | arXiv 2402.19173 |
| SantaCoder | prefix, suffix, middle | arXiv 2301.03988 |
| DeepSeek-Coder, -V2, DeepSeek-V3 | prefix, suffix, middle | arXiv 2401.14196 |
| Code Llama 7B, 13B | prefix, suffix, middle | arXiv 2308.12950, "PSM" |
| Seed-Coder | suffix, prefix, middle | arXiv 2506.03524 |
| Codestral, Mistral's later ones | suffix, prefix, no mark | mistral-common, `encode_fim` |

The text before the prefix's mark is what the tokenizer puts before any text. The suffix is
tokenized behind its mark, so that no blank comes before it where a tokenizer puts one before a
text; before the prefix it may (Code Llama's and Mistral's own code do the same).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FAMILIES", "Infill", "Marks", "infill_of"]


@dataclass(frozen=True)
class Marks:
    """`ends` are what may come behind a middle, beside the marks themselves and what ends any
    answer of the model."""

    prefix: str
    suffix: str
    middle: str | None
    ends: tuple[str, ...] = ()
    suffix_first: bool = False


FAMILIES = (
    Marks(
        *("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
        ends=(
            *("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|file_separator|>"),
            *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|end_of_text|>"),
        ),
    ),
    Marks(
        *("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
        ends=("<fim_pad>", "<repo_name>", "<reponame>", "<file_sep>", "<filename>"),
    ),
    Marks("<fim-prefix>", "<fim-suffix>", "<fim-middle>", ends=("<fim-pad>", "<|endoftext|>")),
    Marks("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", ends=("<|EOT|>",)),
    Marks("▁<PRE>", "▁<SUF>", "▁<MID>", ends=("▁<EOT>",)),
    Marks("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>", suffix_first=True),
    Marks("[PREFIX]", "[SUFFIX]", None, ends=("[MIDDLE]",), suffix_first=True),
)


@dataclass(frozen=True)
class Infill:
    """How one checkpoint is asked for a middle, in token ids; `suffix_mark` is also known by name.
    A token of `ends` ends the answer and is no part of it."""

    suffix_mark: str
    prefix: int
    suffix: int
    middle: int | None
    suffix_first: bool
    ends: frozenset[int]

    def prompt(
        self, begin: Sequence[int], prefix: Sequence[int], suffix: Sequence[int]
    ) -> list[int]:
        """`begin` is what the tokenizer puts before any text."""
        before, after = [self.prefix, *prefix], [self.suffix, *suffix]
        pair = after + before if self.suffix_first else before + after
        return [*begin, *pair, *([] if self.middle is None else [self.middle])]


def infill_of(ids: Mapping[str, int], vocabulary: int) -> Infill | None:
    """None for a model that has no such marks among its first `vocabulary` tokens: transformers 5
    adds Code Llama's to the tokenizer of every Code Llama, also of those that have no weights for
    them."""
    known = {name: number for name, number in ids.items() if number < vocabulary}
    for marks in FAMILIES:
        names = [name for name in (marks.prefix, marks.suffix, marks.middle) if name is not None]
        if all(name in known for name in names):
            ends = frozenset(known[name] for name in (*names, *marks.ends) if name in known)
            return Infill(
                suffix_mark=marks.suffix,
                prefix=known[marks.prefix],
                suffix=known[marks.suffix],
                middle=None if marks.middle is None else known[marks.middle],
                suffix_first=marks.suffix_first,
                ends=ends,
            )
    return None
