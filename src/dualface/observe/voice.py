"""Whether a voice is heard: the Silero network, computed with numpy.

A small recurrent network that looks at 32 ms at a time (Silero Team, "Silero VAD", https://github.com/snakers4/silero-vad, MIT
licence).  It knows voices from music and noise far better than energy or pitch do.  Its numbers lie beside this module, in
halves: 0.5 MB.  Many channels are computed at once, which costs hardly more than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from dualface.types import F32Array

RATE = 16000
BLOCK = 512
"""Samples that one answer is about."""
_CONTEXT = 64
"""Samples before a block that are looked at with it."""
_WINDOW, _HOP = 256, 128
_STRIDES = (1, 2, 2, 1)


class VoiceDetector:
    """Follows some channels of sound, ``RATE`` samples a second.  Each channel is judged by itself."""

    def __init__(self, channels: int) -> None:
        self._weights = _weights()
        self._context: F32Array = np.zeros((channels, _CONTEXT), np.float32)
        self._hidden: F32Array = np.zeros((channels, 128), np.float32)
        self._cell: F32Array = np.zeros((channels, 128), np.float32)

    def push(self, samples: F32Array) -> F32Array:
        """How likely each block of each channel holds a voice, 0…1: float32, shape (channels, n).

        ``samples``: float32, shape (channels, n * BLOCK), −1…1, going on from the last call's.
        """
        channels, count = len(samples), samples.shape[1] // BLOCK
        heard = np.concatenate([self._context, samples], 1)
        self._context = heard[:, -_CONTEXT:].copy()
        blocks = np.lib.stride_tricks.sliding_window_view(heard, _CONTEXT + BLOCK, axis=1)[:, ::BLOCK]
        features = self._features(blocks.reshape(channels * count, _CONTEXT + BLOCK))
        return self._followed(features.reshape(channels, count, -1))

    def _features(self, blocks: F32Array) -> F32Array:
        padded = np.pad(blocks, ((0, 0), (0, _CONTEXT)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP][:, :4]
        values = np.abs(np.fft.rfft(windows * _hann(), axis=2)).astype(np.float32).transpose(0, 2, 1)
        for n, stride in enumerate(_STRIDES):
            values = _convolved(values, self._weights[f"encoder.{n}.weight"], self._weights[f"encoder.{n}.bias"], stride)
        return values[:, :, 0]

    def _followed(self, features: F32Array) -> F32Array:
        """The recurrent part: float32, (channels, n), from (channels, n, 128)."""
        w = self._weights
        rows = features[:, :, None]  # one by one, for BLAS would take threads for all of them, which cost more than they save
        given = (rows @ w["decoder.rnn.weight_ih"].T)[:, :, 0] + w["decoder.rnn.bias_ih"] + w["decoder.rnn.bias_hh"]
        recurrent, final, offset = (
            w["decoder.rnn.weight_hh"].T,
            w["decoder.decoder.2.weight"][0, :, 0],
            w["decoder.decoder.2.bias"][0],
        )
        voices: F32Array = np.empty(features.shape[:2], np.float32)
        for n in range(features.shape[1]):
            enter, forget, new, leave = np.split(given[:, n] + self._hidden @ recurrent, 4, axis=1)
            self._cell = _sigmoid(forget) * self._cell + _sigmoid(enter) * np.tanh(new)
            self._hidden = _sigmoid(leave) * np.tanh(self._cell)
            voices[:, n] = _sigmoid(np.maximum(self._hidden, 0) @ final + offset)
        return voices


def _convolved(values: F32Array, weight: F32Array, bias: F32Array, stride: int) -> F32Array:
    """A convolution of three taps over the last axis, its ends padded with zeros, and what is below 0 cut off."""
    padded = np.pad(values, ((0, 0), (0, 0), (1, 1)))
    columns = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=2)[:, :, ::stride].transpose(0, 2, 1, 3)
    out = columns.reshape(*columns.shape[:2], -1) @ weight.reshape(len(weight), -1).T + bias
    result: F32Array = np.maximum(out, 0).transpose(0, 2, 1)
    return result


def _sigmoid(x: F32Array) -> F32Array:
    result: F32Array = (1 / (1 + np.exp(-x))).astype(np.float32)
    return result


def _hann() -> F32Array:
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _weights() -> Mapping[str, F32Array]:
    with files("dualface.observe").joinpath("voice.npz").open("rb") as file, np.load(file) as numbers:
        return MappingProxyType({name: numbers[name].astype(np.float32) for name in numbers.files})
