"""What rows that wait hold of a batch that has gone on, in a process of its own:

python tests/worker/waiting_bytes.py FOLDER     a JSON list, bytes in use: as it is, and all made
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PLACES, TOKENS, LONG = 4, 400, 60


def main(folder: Path) -> tuple[int, int]:
    import mlx.core as mx
    from mlx_lm.sample_utils import greedy_sampler

    from mlx_jupyter.worker.batch import Prompt, Row
    from mlx_jupyter.worker.kv import settle
    from mlx_jupyter.worker.loading import load_text
    from mlx_jupyter.worker.text_batch import TextBatch

    batch = TextBatch(load_text(folder).model, [], PLACES)
    prompts = [[100 + place] * TOKENS for place in range(PLACES)]
    for place, prompt in enumerate(prompts):  # they end one after the other
        batch.add(Prompt(prompt), [Row(5 + 3 * place, greedy_sampler)])
    for place in range(PLACES):
        batch.add(Prompt([200 + place] * TOKENS), [Row(LONG, greedy_sampler)])
    for prompt in prompts:
        batch.add(Prompt([*prompt, 7]), [Row(1, greedy_sampler)])
    ended = 0
    while ended < PLACES:
        ended += sum(one.finish is not None for one in batch.next().sampled)
    for _ in range(LONG // 5):
        batch.next()
    held = mx.get_active_memory()
    waiting = [line.kv for line in batch._waiting.values() if line.kv]
    assert len(waiting) == PLACES
    for kv in waiting:
        settle(kv)
    return held, mx.get_active_memory()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
