"""What keys and values of a text take in some bits, in a process of its own:

python tests/worker/held_bytes.py FOLDER TOKENS BITS...     a JSON object, bytes by bits
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path, tokens: int, *bits: int) -> dict[int, int]:
    import mlx.core as mx
    from mlx_lm.models.cache import make_prompt_cache

    from mlx_jupyter.worker.loading import load_text
    from mlx_jupyter.worker.quantized_keys import key_quantizer

    text = load_text(folder, batched=False)
    found = {}
    for each in bits:
        caches = make_prompt_cache(text.model)
        quantizer = key_quantizer(text.model, each)
        for done in range(0, tokens, 512):
            text.model(mx.zeros((1, min(512, tokens - done)), mx.int32), cache=caches)
            quantizer(caches)
        mx.eval([cache.state for cache in caches])
        found[each] = sum(cache.nbytes for cache in caches)
    return found


if __name__ == "__main__":
    path, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(main(Path(path), *map(int, numbers))))
