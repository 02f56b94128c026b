"""What is heard while each frame is shown: a voice or none, how loud, and by which of two microphones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dualface.decode.sound import RATE, SoundPiece
from dualface.observe.voice import BLOCK, VoiceDetector
from dualface.types import F32Array, F64Array, Sound

SILENT = -100.0
"""dB of a level that counts as none."""
_BLOCK_SECONDS = BLOCK / RATE
_AT_A_TIME = 32
"""Blocks that are judged together: a second."""
_ON_END = 9
"""Blocks that a word has at least: 0.3 s."""
_RUMBLE = 0.95
"""What is taken away of the sample before: bass and handling noise say nothing of who speaks."""
_AUDIBLE, _APART = -55.0, 3.0
"""In dB: sound that is this loud counts; channels that differ by more are two microphones, not one recording twice."""
_GOES_ON = 0.5 / RATE


def sounds_at(pieces: Iterable[SoundPiece], times: Sequence[float], step: float) -> list[Sound]:
    """The sound of each of the frames that begin at ``times``, rising, seconds, and last about ``step``."""
    ears: dict[int, _Ear] = {}
    for piece in pieces:
        if piece.stream not in ears:
            ears[piece.stream] = _Ear(len(piece.samples))
        ears[piece.stream].push(piece)
    middles = np.asarray(times, np.float64) + step / 2
    heard = [ear.at(middles) for _, ear in sorted(ears.items())]
    if not heard:
        return [Sound(0.0, SILENT)] * len(times)
    voice, level = np.max([one[0] for one in heard], 0), np.max([one[1] for one in heard], 0)
    both = np.array([heard[0][1], heard[1][1]]) if len(heard) > 1 else heard[0][2:]
    told = both.round(1).T.tolist() if _are_apart(both) else [None] * len(times)
    return [
        Sound(v, dB, None if pair is None else (pair[0], pair[1]))
        for v, dB, pair in zip(voice.round(3).tolist(), level.round(1).tolist(), told, strict=True)
    ]


def voices_in(pieces: Iterable[SoundPiece]) -> Iterator[float]:
    """How likely a voice is heard, about each second of sound: in the surest third of it, 0…1.  Read as it is asked for."""
    ears: dict[int, _Ear] = {}
    for piece in pieces:
        if piece.stream not in ears:
            ears[piece.stream] = _Ear(len(piece.samples))
        ears[piece.stream].push(piece)
        yield from ears[piece.stream].surest()
    for ear in ears.values():
        ear.at(np.zeros(1))
        yield from ear.surest()


def _are_apart(levels: F64Array) -> bool:
    if len(levels) < 2:
        return False
    audible = levels.max(0) > _AUDIBLE
    return bool(audible.any()) and float(np.percentile(np.abs(levels[0] - levels[1])[audible], 90)) > _APART


class _Ear:
    """Follows one stream of one or two channels: voices in all of it, and levels of all and of each channel."""

    def __init__(self, channels: int) -> None:
        self._detector = VoiceDetector(1)
        self._pending: F32Array = np.empty((channels, 0), np.float32)
        self._start = self._next = 0.0
        self._rows: list[F64Array] = []
        """Arrays of shape (2 + levels, n): time of the blocks' middles, voice, levels."""
        self._told = 0

    def push(self, piece: SoundPiece) -> None:
        if not self._rows or abs(piece.start - self._next) > _GOES_ON:
            self._end_run()
            self._start = self._next = piece.start
            self._rows.append(self._silence(piece.start - _BLOCK_SECONDS / 2))
        self._next += piece.samples.shape[1] / RATE
        self._pending = np.concatenate([self._pending, piece.samples], 1)
        if self._pending.shape[1] >= _AT_A_TIME * BLOCK:
            self._judge()

    def at(self, times: F64Array) -> F64Array:
        """Voice, level of all, and levels of the channels where there are two, at these times: shape (2 or 4, n)."""
        self._end_run()
        rows = np.concatenate(self._rows, 1)
        rows = rows[:, np.argsort(rows[0], kind="stable")]
        outside = [0.0, *[SILENT] * (len(rows) - 2)]
        return np.array([np.interp(times, rows[0], row, out, out) for row, out in zip(rows[1:], outside, strict=True)])

    def surest(self) -> Iterator[float]:
        """The highest voice over some blocks on end, in each of the rows that nobody has asked about."""
        for n in range(self._told, len(self._rows)):
            voice = np.concatenate([row[1] for row in self._rows[max(n - 1, 0) : n + 1]])
            share = np.full(min(_ON_END, len(voice)), 1 / _ON_END)
            yield float(np.convolve(voice, share, "valid").max())
        self._told = len(self._rows)

    def _end_run(self) -> None:
        self._judge()
        self._pending = self._pending[:, :0]
        if self._rows:
            self._rows.append(self._silence(self._start + _BLOCK_SECONDS / 2))

    def _judge(self) -> None:
        count = self._pending.shape[1] // BLOCK
        if not count:
            return
        samples, self._pending = self._pending[:, : count * BLOCK], self._pending[:, count * BLOCK :]
        mixed = samples.mean(0, keepdims=True)
        times = self._start + (np.arange(count) + 0.5) * _BLOCK_SECONDS
        levels = _levels(mixed if len(samples) == 1 else np.concatenate([mixed, samples]))
        self._rows.append(np.concatenate([times[None], self._detector.push(mixed), levels]))
        self._start += count * _BLOCK_SECONDS

    def _silence(self, time: float) -> F64Array:
        levels = 1 if len(self._pending) == 1 else 1 + len(self._pending)
        return np.array([[time], [0.0], *[[SILENT]] * levels])


def _levels(samples: F32Array) -> F64Array:
    """DB below full scale of each block of each channel, bass aside."""
    bright = samples.copy()
    bright[:, 1:] -= _RUMBLE * samples[:, :-1]
    power = (bright.astype(np.float64) ** 2).reshape(len(samples), -1, BLOCK).mean(2)
    decibels: F64Array = 10 * np.log10(np.maximum(power, 10 ** (SILENT / 10)))
    return decibels
