"""One training loop for all demo models.

The learning rate climbs linearly over the first steps, then falls along a cosine:

    rate = peak * min(1, (step + 1) / warmup) * (FLOOR + (1 - FLOOR) * (1 + cos(pi * progress)) / 2)

where progress is the larger of the share of the steps and the share of the seconds that are used
up. So a recipe ends well on a slow machine, after its seconds, and on a fast one, after its steps.
"""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim

__all__ = ["Outcome", "Schedule", "train"]

FLOOR = 0.02
SMOOTHING = 0.95
REPORT_EVERY_STEPS = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Schedule:
    """How long to train, and how fast to learn."""

    seconds: float
    steps: int
    peak_rate: float
    warmup_steps: int = 50

    def progress(self, step: int, elapsed_seconds: float) -> float:
        """How much of the schedule is used up, 1.0 when it is over."""
        return min(1.0, max(step / self.steps, elapsed_seconds / self.seconds))

    def rate(self, step: int, progress: float) -> float:
        """The learning rate of a step; the formula stands above."""
        warmup_steps = min(self.warmup_steps, 1 + self.steps // 10)
        cosine = (1 + math.cos(math.pi * progress)) / 2
        return self.peak_rate * min(1.0, (step + 1) / warmup_steps) * (FLOOR + (1 - FLOOR) * cosine)


@dataclass(frozen=True)
class Outcome:
    """What a training did: the loss of its first batch, and the smoothed loss at its end."""

    steps: int
    seconds: float
    first_loss: float
    last_loss: float


def train(
    model: nn.Module,
    loss: Callable[..., mx.array],
    batches: Iterator[tuple[mx.array, ...]],
    schedule: Schedule,
) -> Outcome:
    """Fit the model to the batches with AdamW until the schedule is over; it changes in place.

    `loss` is called with the model and the arrays of a batch, and returns a scalar.
    """
    optimizer = optim.AdamW(learning_rate=schedule.peak_rate, weight_decay=0.01, betas=[0.9, 0.98])
    gradient = nn.value_and_grad(model, loss)
    model.train()
    began = time.perf_counter()
    losses: list[float] = []
    smoothed = math.nan
    while (progress := schedule.progress(len(losses), time.perf_counter() - began)) < 1:
        optimizer.learning_rate = mx.array(schedule.rate(len(losses), progress))
        losses.append(step(model, gradient, optimizer, next(batches)))
        smoothed = (
            losses[-1] if len(losses) == 1 else SMOOTHING * smoothed + (1 - SMOOTHING) * losses[-1]
        )
        if len(losses) % REPORT_EVERY_STEPS == 0:
            log.info(
                "step %d: loss %.4f after %.0f s",
                len(losses),
                smoothed,
                time.perf_counter() - began,
            )
    model.eval()
    return Outcome(len(losses), time.perf_counter() - began, losses[0], smoothed)


def step(
    model: nn.Module,
    gradient: Callable[..., Any],
    optimizer: optim.Optimizer,
    batch: tuple[mx.array, ...],
) -> float:
    """One update of the model; returns the loss before it."""
    value, gradients = gradient(model, *batch)
    clipped, _ = optim.clip_grad_norm(gradients, 1.0)
    optimizer.update(model, clipped)
    mx.eval(model.parameters(), optimizer.state, value)
    return float(value.item())
