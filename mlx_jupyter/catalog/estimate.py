"""How large a model will be that is not here, or not wholly: from its config, else its name. Pure.

    bytes = parameters * bits / 8

Quantised weights take their bits and those of each group's scale and bias: two 16-bit numbers a
group of 64 make 4-bit weights 4.5 bits, as converters of MLX write them. MXFP4 has 8 bits a group
of 32, and no bias. What a config does not say is kept in 16 bits.

A name says how many parameters (`7B`, `0.6B`, `135M`; `8x7B` are eight experts that share
attention, so fewer: Mixtral's 46.7 of 56) and how many bits (`4bit`, `mxfp4`, `bf16`). In
`Qwen3-30B-A3B` the 3 are at work and the 30 in memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlx_jupyter.catalog.parameters import count_parameters

__all__ = ["estimate_bytes"]

_PLAIN_BITS = 16
_GROUP = 64
_DTYPES = ("torch_dtype", "dtype")
_SHARED_BY_EXPERTS = 0.83
_METHOD_BITS = {"mxfp4": 4, "nvfp4": 4, "fp8": 8, "bitnet": 2}

_SIZE = re.compile(
    r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bmt])(?![a-z0-9])", re.IGNORECASE | re.ASCII
)
_SCALE = {"m": 10**6, "b": 10**9, "t": 10**12}
_BITS = re.compile(
    r"(?<![a-z0-9])(?:(\d)[-_]?bits?|(?:int|q|w|mxfp|nvfp|nf|fp|f|bf)(4|8|16|32))(?![0-9])",
    re.IGNORECASE | re.ASCII,
)


def estimate_bytes(config: Mapping[str, Any] | None, name: str) -> tuple[int, str] | None:
    """The bytes of the weights once loaded, and a sentence that says where the number is from;
    `None` where neither the config nor the name says how large the model is."""
    counted = count_parameters(config) if config is not None else None
    if config is not None and counted is not None:
        bits = _bits_of(config)
        size_bytes = (counted.text * bits + counted.vision * _PLAIN_BITS) / 8
        return round(size_bytes), f"estimated from config.json: {_words(sum(counted), bits)}"
    named = _named(name)
    if named is None:
        return None
    parameters, bits = named
    why = f"estimated from the name: {_words(parameters, bits)}"
    return round(parameters * bits / 8), why


def _bits_of(config: Mapping[str, Any]) -> float:
    """Bits a weight, with its share of the group's scales."""
    found = config.get("quantization") or config.get("quantization_config")
    if isinstance(found, Mapping):
        method = str(found.get("mode") or found.get("quant_method") or "")
        bits = found.get("bits") or _METHOD_BITS.get(method)
        if isinstance(bits, int):
            return _with_scales(bits, found.get("group_size"), method)
    nested = config.get("text_config")
    inner = nested if isinstance(nested, Mapping) else {}
    dtype = next((each[key] for each in (config, inner) for key in _DTYPES if each.get(key)), "")
    return 32 if str(dtype).endswith("32") else _PLAIN_BITS


def _with_scales(bits: int, group: object, method: str) -> float:
    if method in ("mxfp4", "mxfp8"):
        return bits + 8 / 32
    if method == "nvfp4":
        return bits + 8 / 16
    return bits + 32 / (group if isinstance(group, int) and group > 0 else _GROUP)


def _named(name: str) -> tuple[int, float] | None:
    last = name.rpartition("/")[2].partition("@")[0]
    sizes = [_size(*found) for found in _SIZE.findall(last)]
    return (max(sizes), _bits_named(last)) if sizes else None


def _size(experts: str, number: str, unit: str) -> int:
    parameters = float(number) * _SCALE[unit.lower()]
    return round(parameters * (int(experts) * _SHARED_BY_EXPERTS if experts else 1))


def _bits_named(last: str) -> float:
    found = _BITS.search(last)
    if found is None:
        return _PLAIN_BITS
    bits, text = int(found.group(1) or found.group(2)), found.group().lower()
    if bits >= _PLAIN_BITS:
        return bits
    return _with_scales(bits, _GROUP, "mxfp4" if text.startswith("mxfp") else "")


def _words(parameters: int, bits: float) -> str:
    return f"{parameters / 1e9:.3g} billion parameters of {bits:g} bits"
