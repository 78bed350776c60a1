from __future__ import annotations

import random

import pytest

from mlx_jupyter.messages import (
    MAX_FRAME_BYTES,
    Cancel,
    Command,
    Delta,
    Detokenize,
    Failed,
    Generate,
    Joined,
    Load,
    Ping,
    Prefill,
    Sampling,
    Schema,
    Step,
    Tokenize,
    TokenLogprob,
    command_frames,
    encode,
    event_frames,
)

COMMANDS: list[Command] = [
    Load(path="/m", kind="text", max_batch=4),
    Generate(1, Sampling(2**63, 0.5), messages=[{"role": "user", "content": "日本 😀"}]),
    Generate(2, Sampling(1, logit_bias={5: -1.0}), prompt=[1, 2, 3], stop=("a", "b"), n=3),
    Generate(3, Sampling(1), prompt="x", schema=Schema('{"const": "ü"}', lenient=True)),
    Cancel(1),
    Ping(7),
    Tokenize(8, messages=[{"role": "user", "content": "a"}], names=True),
    Detokenize(9, [1, 2, 3]),
]
STEP = Step(
    deltas=(
        Delta(1, 0, "x", 2, "stop", (TokenLogprob("x", -0.5, (("y", -1.0),)),)),
        Delta(2, 0, "", 3, reasoning="Hm", reasoning_tokens=2),
    ),
    joined=(Joined(1, 12),),
    prefills=(Prefill(1, 5, 12),),
    failed=(Failed(2, "invalid_request", "why", "stop"),),
)


@pytest.mark.parametrize("seed", range(50))
def test_frames_survive_any_cutting_of_the_stream(seed: int) -> None:
    draw = random.Random(seed)
    stream = b"".join(encode(command) for command in COMMANDS)
    buffer, found = bytearray(), list[Command]()
    while stream:
        size = draw.randint(1, 40)
        buffer += stream[:size]
        stream = stream[size:]
        found.extend(command_frames(buffer))
    assert found == COMMANDS
    assert not buffer


def test_a_step_comes_back_as_it_was() -> None:
    assert list(event_frames(bytearray(encode(STEP)))) == [STEP]


def test_a_length_that_cannot_be_is_an_error_and_not_a_wait() -> None:
    with pytest.raises(ValueError, match="out of step"):
        list(command_frames(bytearray((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))))
