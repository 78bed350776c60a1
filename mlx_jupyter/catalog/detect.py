"""Which kind a model is, and how that was found out. Pure: config, file names and tensor names in.

The rules, in order; the first that applies decides:

1. a sentence-transformers file lies beside the config         -> embedding
2. config.json has a vision part (and the weights have one)    -> vision
3. `model_type` is in the table of encoders or vision models   -> embedding, vision
4. `architectures` names an encoder, or a vision model         -> embedding, vision
5. the model's name says "embedding", or "VL"                  -> embedding, vision
6. otherwise                                                   -> text

Rule 2 looks at the tensors because a text-only conversion of a vision model keeps the
`vision_config` of the original, and has no weights for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from mlx_jupyter.catalog.checkpoint import Kind
from mlx_jupyter.catalog.families import family_of

__all__ = ["POOLING_FILES", "Detection", "detect", "told"]


class Detection(NamedTuple):
    """A kind, a sentence that says why, and the field that decided: of config.json, a file's name,
    `name`, `default`, or `model_kinds` where the configuration has said it."""

    kind: Kind
    why: str
    decided_by: str


POOLING_FILES = (
    "1_Pooling",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)

_VISION_KEYS = ("vision_config", "vision_tower", "mm_vision_tower", "visual")
_VISION_TENSOR = re.compile(r"vis|image|img|vit|vpm|mm_|multi_modal|patch_embed", re.IGNORECASE)

_ENCODER_TYPES = frozenset(
    {
        *("bert", "roberta", "xlm-roberta", "xlm_roberta", "modernbert", "distilbert", "mpnet"),
        *("nomic_bert", "new", "electra", "llama_bidirec"),
    }
)
_VISION_TYPES = frozenset(
    {
        *("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "smolvlm", "idefics2", "idefics3"),
        *("llava", "llava_next", "llava_qwen2", "llava-qwen2", "llava_bunny", "llava_onevision"),
        *("paligemma", "mllama", "pixtral", "phi3_v", "florence2", "internvl_chat", "internvl"),
        *("deepseek_vl_v2", "molmo", "kimi_vl", "lfm2-vl", "lfm2_vl", "aya_vision", "glm4v"),
        *("moondream2", "moondream3", "fastvlm", "granite_vision", "granite4_vision"),
    }
)

_CAUSAL = re.compile(r"ForCausalLM|LMHeadModel")
_VISION_ARCHITECTURE = re.compile(
    r"VL|Vision|Llava|Pixtral|Idefics|PaliGemma|Florence|Molmo|Moondream|MllamaFor"
)
_ENCODER_ARCHITECTURE = re.compile(r"ForMaskedLM$|(?<!LMHead)Model$")
_EMBEDDING_NAME = re.compile(
    r"(?:^|[-_. ])embed(?:ding|dings|dinggemma|der)?(?:$|[-_. ])", re.IGNORECASE
)
_VISION_NAME = re.compile(r"(?:^|[-_. ])(?:vl|vlm|vision|llava)(?:$|[-_. ])", re.IGNORECASE)


def detect(
    config: Mapping[str, Any],
    files: Collection[str] = (),
    name: str = "",
    tensors: Collection[str] = (),
) -> Detection:
    """The kind of a model, and how it was found out.

    `config` is its config.json, `files` the names in its folder, `name` its id, `tensors` the names
    of its weights; what is not known is left empty. The numbers are the rules of the module.
    """
    return (
        _by_files(files)  # 1
        or _by_vision_part(config, tensors)  # 2
        or _by_model_type(config)  # 3
        or _by_architecture(config)  # 4
        or _by_name(config, name)  # 5
        or _text(config)  # 6
    )


def told(kind: Kind) -> Detection:
    """As the server's configuration says, whatever the files look like."""
    return Detection(kind, "the server's configuration says so (model_kinds)", "model_kinds")


def _by_files(files: Collection[str]) -> Detection | None:
    for file in POOLING_FILES:
        if file in files:
            why = f"the folder has {file}, as sentence-transformers models do"
            return Detection("embedding", why, file)
    return None


def _by_vision_part(config: Mapping[str, Any], tensors: Collection[str]) -> Detection | None:
    key = next((key for key in _VISION_KEYS if config.get(key)), None)
    if key is None:
        return None
    if tensors and not any(_VISION_TENSOR.search(tensor) for tensor in tensors):
        why = f"config.json has {key}, but the weights hold no vision part"
        return Detection("text", why, "weights")
    return Detection("vision", f"config.json has {key}", key)


def _by_model_type(config: Mapping[str, Any]) -> Detection | None:
    model_type = str(config.get("model_type") or "").lower()
    if model_type in _ENCODER_TYPES:
        why = f"config.json names model_type {model_type}, an encoder"
        return Detection("embedding", why, "model_type")
    if model_type in _VISION_TYPES:
        why = f"config.json names model_type {model_type}, a vision architecture"
        return Detection("vision", why, "model_type")
    return None


def _by_architecture(config: Mapping[str, Any]) -> Detection | None:
    for architecture in _architectures(config):
        if _CAUSAL.search(architecture) and not _VISION_ARCHITECTURE.search(architecture):
            continue
        if _VISION_ARCHITECTURE.search(architecture):
            why = f"config.json names architecture {architecture}, a vision model"
            return Detection("vision", why, "architectures")
        if _ENCODER_ARCHITECTURE.search(architecture):
            why = f"config.json names architecture {architecture}, an encoder"
            return Detection("embedding", why, "architectures")
    return None


def _architectures(config: Mapping[str, Any]) -> list[str]:
    found = config.get("architectures") or []
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def _by_name(config: Mapping[str, Any], name: str) -> Detection | None:
    """For embeddings the name always counts (such a model may have the config of the text model
    that it was made from), for vision only where the config's `model_type` says nothing to us."""
    last = name.rpartition("/")[2].partition("@")[0]
    if _EMBEDDING_NAME.search(last):
        return Detection("embedding", f"its name, {last}, says embedding", "name")
    if family_of(str(config.get("model_type") or "")) == "other" and _VISION_NAME.search(last):
        return Detection("vision", f"its name, {last}, says vision", "name")
    return None


def _text(config: Mapping[str, Any]) -> Detection:
    model_type = config.get("model_type")
    if model_type and family_of(str(model_type)) != "other":
        why = f"config.json names model_type {model_type}, a text architecture"
        return Detection("text", why, "model_type")
    why = "nothing in config.json, its architecture or its name says vision or embedding"
    return Detection("text", why, "default")
