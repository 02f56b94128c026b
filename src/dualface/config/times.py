"""Times and rates as people write them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

_PLAIN = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7})(?:[.,](\d{1,9}))?")
_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})")
_RATE = re.compile(r"(\d{1,6})(?:/(\d{1,4})|\.(\d{1,6}))?")
_NTSC = Fraction(1001, 1000)
_SLOWEST, _FASTEST = Fraction(1, 10), Fraction(240)


class FilmTime(NamedTuple):
    """A time in a film: hours, minutes and seconds as ``seconds``, and for a timecode the ``frames`` that come on top.

    ``drop``: the timecode leaves numbers out, to keep up with the clock at 29.97 or 59.94 frames/s.
    """

    seconds: Fraction
    frames: int | None = None
    drop: bool = False


def parse_time(text: str) -> FilmTime:
    """``90``, ``90.5``, ``.5``, ``1:30``, ``00:01:30.5``, or a timecode ``00:01:30:12`` (drop-frame ``00:01:30;12``).

    Raises ``ValueError`` for anything else.
    """
    text = text.strip()
    code = _TIMECODE.fullmatch(text)
    if code:
        hours, minutes, seconds, frames = (int(code[n]) for n in (1, 2, 3, 5))
        if minutes < 60 and seconds < 60:
            return FilmTime(Fraction(hours * 3600 + minutes * 60 + seconds), frames, code[4] == ";")
    plain = _PLAIN.fullmatch(f"0{text}" if text.startswith((".", ",")) else text)
    if plain:
        hours, minutes, seconds = (int(plain[n] or 0) for n in (1, 2, 3))
        fits = (plain[2] is None or seconds < 60) and (plain[1] is None or minutes < 60)
        if fits:
            part = Fraction(int(plain[4]), 10 ** len(plain[4])) if plain[4] else Fraction(0)
            return FilmTime(hours * 3600 + minutes * 60 + seconds + part)
    raise ValueError(f"{text!r} is no time")


def clock(seconds: float) -> str:
    """``0:07.2``, ``12:30.0``, ``1:02:03.5``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
    return f"{hours}:{text}" if hours else text


def seconds_of(time: FilmTime, fps: Fraction, first: FilmTime | None = None) -> Fraction:
    """Seconds from a film's first picture; ``first`` is the timecode of that one, where the film has a timecode.

    Raises ``ValueError`` for a timecode with a frame that this rate does not have, or that is before ``first``.
    """
    if time.frames is None:
        return time.seconds
    frames = frame_number(time, fps) - (frame_number(first, fps) if first is not None else 0)
    if frames < 0:
        raise ValueError("it is before the film's own timecode begins")
    return frames / fps


def parse_rate(text: str) -> Fraction:
    """``25``, ``29.97`` (meant as 30000/1001) or ``24000/1001``.  Raises ``ValueError`` for anything else."""
    match = _RATE.fullmatch(text.strip())
    if match is None or match[2] == "0":
        raise ValueError(f"{text!r} is no rate")
    rate = Fraction(int(match[1]), int(match[2])) if match[2] else Fraction(text.strip())
    ntsc = round(rate * _NTSC) / _NTSC
    if match[3] and rate.denominator > 1 and abs(rate - ntsc) < Fraction(1, 100):
        rate = ntsc
    if not _SLOWEST <= rate <= _FASTEST:
        raise ValueError(f"{text!r} is out of range")
    return rate


def frame_number(time: FilmTime, fps: Fraction) -> int:
    """Frames since timecode zero (SMPTE ST 12-1: drop-frame leaves out 2 numbers of 30 each minute but every tenth)."""
    nominal = round(fps)
    frames = time.frames or 0
    if frames >= nominal:
        raise ValueError(f"there are {nominal} frames a second")
    number = int(time.seconds) * nominal + frames
    if time.drop:
        minutes = int(time.seconds) // 60
        number -= nominal // 15 * (minutes - minutes // 10)
    return number
