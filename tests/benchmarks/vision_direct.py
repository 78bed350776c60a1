"""The floor, as a child process: mlx-vlm with no server around it.

    python -m tests.benchmarks.vision_direct CHECKPOINT

Reads one `Look` a line as JSON and writes one `Seen` a line. The image file is in memory before the
clock starts; decoding it, the chat template and the processor are inside the measured time.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from time import perf_counter as clock

import msgspec
from mlx_vlm.generate import stream_generate
from mlx_vlm.prompt_utils import apply_chat_template
from mlx_vlm.utils import load, prepare_inputs, should_add_special_tokens
from msgspec import Struct
from PIL import Image

from tests.benchmarks.direct import take_stdout
from tests.benchmarks.vision_look import Look, Seen


class Floor(Struct):
    """One model, kept from look to look as a server keeps it."""

    model: object
    processor: object

    def look(self, look: Look) -> Seen:
        file = Path(look.file).read_bytes()
        start = clock()
        inputs = self._inputs(file, look.question)
        prepared = clock()
        texts, first, prompt_tokens = list[str](), 0.0, 0
        for result in stream_generate(
            self.model, self.processor, "", **inputs, max_tokens=look.max_tokens, temperature=0.0
        ):
            first = first or clock()
            texts.append(result.text)
            prompt_tokens = result.prompt_tokens
        return Seen(first - start, prepared - start, prompt_tokens, "".join(texts))

    def _inputs(self, file: bytes, question: str) -> dict[str, object]:
        with Image.open(BytesIO(file)) as image:
            picture = image.convert("RGB")
        config = self.model.config
        content = [{"type": "image"}, {"type": "text", "text": question}]
        messages = [{"role": "user", "content": content}]  # a mere text would put the image last
        text = apply_chat_template(self.processor, vars(config), messages)
        special = should_add_special_tokens(config.model_type, self.processor)
        made = prepare_inputs(
            self.processor,
            images=[picture],
            prompts=text,
            image_token_index=config.image_token_id,
            add_special_tokens=special,
        )
        made["mask"] = made.pop("attention_mask")
        return made


def main() -> int:
    channel = take_stdout()
    floor = Floor(*load(sys.argv[1]))
    channel.write(b"\n")
    channel.flush()
    for line in sys.stdin:
        seen = floor.look(msgspec.json.decode(line, type=Look))
        channel.write(msgspec.json.encode(seen) + b"\n")
        channel.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
