"""A constant number of frames a second, for editors: frames are repeated or left out, by their times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice

from dualface.interfaces import Decoder, DecodeStats, TimedDecoder
from dualface.types import Frame, VideoInfo

_LATEST = Fraction(9, 16)
"""How late within a slot a frame may come and still have it; later ones have the next.  A little more than a half, and none of
the simple fractions at which rates meet (1/2, 3/5, 5/8): around these, times that were rounded fall on either side.
"""
_BACK_SECONDS = 2
"""Seeking leads so far ahead of the frame that is sought; one that is shown for longer can't be sought."""


class ConstantRateDecoder:
    """The frames of another :class:`~dualface.interfaces.Decoder`, each for as many slots of ``1 / rate`` seconds as it lasts.

    Slots begin with the first frame, whose time stays.  Where several frames come within one, the last of them has it.  A frame
    comes at most 9/16 of a slot early and 7/16 late.  ``decoder`` is closed with this one.
    """

    def __init__(self, decoder: Decoder, rate: Fraction) -> None:
        self._decoder, self._rate, self._closed = decoder, rate, False
        self._base = _common(decoder.get_video_info().time_base, 1 / rate)
        self._frames = self._at_rate(iter(decoder), None, 0)

    @property
    def stats(self) -> DecodeStats:
        """The other's."""
        return self._decoder.stats

    def get_video_info(self) -> VideoInfo:
        info = self._decoder.get_video_info()
        frames = round(info.duration_seconds * self._rate) if info.total_frames else 0
        return replace(info, fps=self._rate, total_frames=frames, time_base=self._base, variable_rate=False)

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    def close(self) -> None:
        self._closed = True
        self._decoder.close()

    def seek(self, index: int, pts: int) -> bool:
        """Only where the other is a :class:`~dualface.interfaces.TimedDecoder` and knows its first frame's time."""
        decoder, wanted = self._decoder, index / self._rate
        if not isinstance(decoder, TimedDecoder):
            return False
        origin = decoder.start
        if origin is None or origin + wanted != pts * self._base:
            return False
        if not decoder.seek_time(max(wanted - _BACK_SECONDS, Fraction(0))):
            return False
        frames = iter(decoder)
        first = next(frames, None)
        if first is None or self._slot(first.pts * first.time_base - origin) > index:
            return False
        self._frames = self._at_rate(chain([first], frames), origin, index)
        return True

    def _at_rate(self, frames: Iterator[Frame], origin: Fraction | None, start: int) -> Iterator[Frame]:
        """The frames of all slots from ``start`` on."""
        held: Frame | None = None
        slot = 0
        for frame in frames:
            time = frame.pts * frame.time_base
            origin = time if origin is None else origin
            following = self._slot(time - origin)
            if held is not None:
                yield from self._repeated(held, max(slot, start), following, origin)
            held, slot = frame, max(following, slot)
        if held is not None and origin is not None:
            length = held.duration * held.time_base or 1 / self._decoder.get_video_info().fps
            end = self._slot(held.pts * held.time_base + length - origin)
            yield from self._repeated(held, max(slot, start), max(end, slot + 1), origin)

    def _repeated(self, frame: Frame, slot: int, following: int, origin: Fraction) -> Iterator[Frame]:
        step, first = _units(1 / self._rate, self._base), _units(origin, self._base)
        for n in range(slot, following):
            if self._closed:
                return
            yield replace(frame, index=n, pts=first + n * step, time_base=self._base, duration=step)

    def _slot(self, time: Fraction) -> int:
        return math.floor(time * self._rate + 1 - _LATEST)


def _common(a: Fraction, b: Fraction) -> Fraction:
    """The longest time of which both are whole multiples."""
    return Fraction(math.gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


def _units(time: Fraction, base: Fraction) -> int:
    return int(time / base)
