"""Sound for made-up footage: soft plucked notes, one voice a channel."""

from __future__ import annotations

import numpy as np

from dualface.types import F32Array

SAMPLE_RATE = 48000

_SCALE = (0, 3, 5, 7, 10, 12, 15)
"""Semitones of a pentatonic scale."""


def melody(seconds: float, seed: int = 0) -> F32Array:
    """float32, (2, samples), −1…1 at 48 kHz: the left voice low, the right one a fifth higher, taking turns."""
    rng = np.random.default_rng(seed)
    out = np.zeros((2, round(seconds * SAMPLE_RATE)), np.float32)
    for k, start in enumerate(np.arange(0, seconds, 0.25)):
        channel = (k // 8) % 2
        frequency = (196.0, 293.66)[channel] * 2 ** (rng.choice(_SCALE) / 12)
        first = round(start * SAMPLE_RATE)
        note = _note(frequency, min(out.shape[1] - first, 2 * SAMPLE_RATE))
        out[channel, first : first + note.size] += 0.75 * note
        out[1 - channel, first : first + note.size] += 0.25 * note
    return out * np.float32(0.12)


def _note(frequency: float, samples: int) -> F32Array:
    t = np.arange(samples, dtype=np.float32) / np.float32(SAMPLE_RATE)
    tone = sum(np.sin(2 * np.pi * frequency * n * t) * np.exp(-t * (2.2 + 1.6 * n)) / n**1.6 for n in (1, 2, 3))
    note: F32Array = (tone * np.minimum(t / 0.006, 1)).astype(np.float32)
    return note
