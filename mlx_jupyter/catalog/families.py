"""Model families: which `model_type`s belong together, and the tokens that end their turn.

`model_type` names an architecture, and models with different chat formats share one (a `llama` may
speak Llama 3's format, ChatML, or Llama 2's). A family therefore lists every token that one of
its models ends a turn with; whoever uses the list keeps those that the tokenizer at hand knows.
No token is listed that any of the family's models writes in the middle of an answer: gpt-oss
closes its reasoning with `<|end|>` and goes on, so `<|end|>` is not in its row.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BATCHED_VISION", "FAMILIES", "Family", "end_of_turn", "family_of"]


@dataclass(frozen=True, slots=True)
class Family:
    """A row of the table: its `model_type`s, and the strings of its end-of-turn tokens."""

    model_types: tuple[str, ...]
    end_of_turn: tuple[str, ...] = ()


BATCHED_VISION = frozenset({"qwen2_vl", "qwen2_5_vl", "qwen3_vl"})
"""The vision models whose batches are proven to give the text of single runs."""
_CHATML = "<|im_end|>"
_GPT2_END = "<|endoftext|>"
_SPM_END = "</s>"

FAMILIES: dict[str, Family] = {
    "llama": Family(
        ("llama", "llama4", "llama4_text", "mllama", "nemotron-nas"),
        ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|eot|>", "<|eom|>", _CHATML, _SPM_END),
    ),
    "qwen": Family(
        (
            *("qwen", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen3", "qwen3_moe"),
            *("qwen3_next", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe"),
            *("qwen3_5_text", "qwen3_5_moe_text", "qwen3_omni_moe"),
        ),
        (_CHATML, _GPT2_END),
    ),
    "mistral": Family(
        ("mistral", "mixtral", "ministral3", "mistral3", "mistral4", "pixtral"),
        (_SPM_END, _CHATML),
    ),
    "gemma": Family(
        (
            *("gemma", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text"),
            *("gemma4", "gemma4_text", "gemma4_unified", "paligemma", "recurrent_gemma"),
        ),
        ("<end_of_turn>", "<turn|>", "<eos>"),
    ),
    "phi": Family(
        ("phi", "phi-msft", "phi3", "phi3small", "phi3_v", "phi4mm", "phimoe", "phixtral"),
        ("<|end|>", _CHATML, _GPT2_END),
    ),
    "deepseek": Family(
        (
            *("deepseek", "deepseek_v2", "deepseek_v3", "deepseek_v32", "deepseek_v4"),
            *("deepseek_v41", "deepseek_vl_v2"),
        ),
        ("<｜end▁of▁sentence｜>",),  # full-width bars: so the token is spelt
    ),
    "glm": Family(
        (
            *("glm", "glm4", "glm4_moe", "glm4_moe_lite", "glm_moe_dsa", "glm4v", "glm4v_moe"),
            *("glm_ocr", "chatglm"),
        ),
        (_GPT2_END, "<|user|>", "<|observation|>"),
    ),
    "gpt-oss": Family(("gpt_oss",), ("<|return|>", "<|call|>")),
    "granite": Family(
        ("granite", "granitemoe", "granitemoehybrid", "granite_vision", "granite4_vision"),
        ("<|end_of_text|>",),
    ),
    "command-r": Family(
        ("cohere", "cohere2", "cohere2_moe", "cohere2_vision", "aya_vision"),
        ("<|END_OF_TURN_TOKEN|>",),
    ),
    "smollm": Family(
        ("smollm3", "smolvlm", "idefics2", "idefics3"),
        (_CHATML, "<end_of_utterance>"),
    ),
    "olmo": Family(("olmo", "olmo2", "olmo3", "olmoe", "olmo_hybrid"), (_GPT2_END, _CHATML)),
    "exaone": Family(("exaone", "exaone4", "exaone_moe"), ("[|endofturn|]", "<|endofturn|>")),
    "internlm": Family(
        ("internlm2", "internlm3", "internvl", "internvl_chat"), (_CHATML, _SPM_END)
    ),
    "kimi": Family(("kimi_k2", "kimi_k25", "kimi_linear", "kimi_vl"), (_CHATML, "[EOS]")),
    "lfm": Family(("lfm2", "lfm2_moe", "lfm2-vl", "lfm2_vl"), (_CHATML,)),
    "llava": Family(
        ("llava", "llava_next", "llava_qwen2", "llava_onevision", "llava_bunny"),
        (_SPM_END, _CHATML),
    ),
    "minicpm": Family(("minicpm", "minicpm3", "minicpmo"), (_CHATML, _SPM_END)),
    "seed": Family(("seed_oss",), ("<seed:eos>",)),
    "stablelm": Family(("stablelm",), (_CHATML, _GPT2_END)),
    "starcoder": Family(("starcoder2", "gpt_bigcode"), (_GPT2_END,)),
    "bert": Family(
        (
            *("bert", "roberta", "xlm-roberta", "xlm_roberta", "modernbert", "distilbert"),
            *("mpnet", "nomic_bert", "new", "electra"),
        )
    ),
}

_FAMILY_OF = {kind: name for name, family in FAMILIES.items() for kind in family.model_types}


def family_of(model_type: str) -> str:
    """The family's name, `"other"` for a `model_type` that is in no row."""
    return _FAMILY_OF.get(model_type.lower(), "other")


def end_of_turn(model_type: str) -> tuple[str, ...]:
    """The strings that may end a turn in this family; none for one that is in no row.

    Only those that the tokenizer has as one token mean anything for the model at hand.
    """
    family = FAMILIES.get(family_of(model_type))
    return family.end_of_turn if family else ()
