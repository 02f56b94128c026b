"""How fast pictures follow each other where the container does not say, as in Matroska and WebM from browsers.

FFmpeg's own guess is then a common divisor of the timestamps, hundreds of frames a second where they jitter.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from statistics import median

import av

from dualface.media import open_media

_SECONDS = 2
_BEGINNING_SECONDS = 10
_MOST_PACKETS = 1000
_MOST_REORDERED = 16
"""Pictures that may be stored before an earlier one."""
_PAUSE = 2
"""Steps of so many usual ones are pauses: no frames came, and the rate is that of the others."""
_UNPROBED = {"probesize": "32", "fpsprobesize": "0"}  # to read timestamps, nothing need be known of the pictures


def first_steps(path: Path, index: int, time_base: Fraction) -> list[int]:
    """The times between the first pictures of stream ``index``, two seconds of them, in units of ``time_base``.

    Empty where the file tells none.  Reads packets and decodes nothing.
    """
    stamps: list[int] = []
    try:
        with open_media(path, options=_UNPROBED) as container:
            for packet in islice(container.demux(), _MOST_PACKETS):
                if packet.stream_index == index and packet.pts is not None:
                    stamps.append(packet.pts)
                    if (packet.pts - stamps[0]) * time_base > _SECONDS:
                        break
    except (av.FFmpegError, OSError, IndexError):  # the last at the end of a file in which a stream appeared late
        pass
    return [later - earlier for earlier, later in pairwise(sorted(set(stamps)))]


def first_time(path: Path, index: int, step: Fraction) -> int | None:
    """When the first picture of stream ``index`` is shown, of which the container does not say when, in its time base.

    The pictures before the first ones with times are taken to be ``step`` apart; ``None`` where none has one.  Reads packets
    and decodes nothing; the file is opened as for decoding, because FFmpeg guesses times by what it knows.
    """
    told: list[int] = []
    untold = 0
    with suppress(av.FFmpegError, OSError, IndexError), open_media(path) as container:
        for packet in islice(container.demux(), _MOST_PACKETS):
            if packet.stream_index == index and packet.size:
                untold += packet.pts is None
                told += [] if packet.pts is None else [packet.pts]
            if len(told) > _MOST_REORDERED:
                break
    return min(told) - round(untold * step) if told else None


def seconds_by_size(path: Path, index: int) -> float | None:
    """How long the file lasts if it goes on as it begins, so many bytes a second; ``None`` where that can't be told.

    Reads packets of stream ``index`` and decodes nothing.
    """
    places: list[tuple[int, Fraction]] = []
    size = 0
    with suppress(av.FFmpegError, OSError, IndexError), open_media(path, options=_UNPROBED) as container:
        size = container.size
        for packet in islice(container.demux(), _MOST_PACKETS):
            if packet.stream_index == index and packet.pos is not None and packet.dts is not None:
                time = packet.dts * packet.time_base
                if places and not places[-1][1] <= time <= places[0][1] + _BEGINNING_SECONDS:
                    break
                places.append((packet.pos, time))
    if len(places) < 2 or places[-1][0] <= places[0][0] or places[-1][1] <= places[0][1]:
        return None
    (start, begun), (end, ended) = places[0], places[-1]
    return float((ended - begun) * Fraction(size, end - start))


def usual_rate(steps: list[int], time_base: Fraction) -> Fraction | None:
    """Frames a second, pauses aside; ``None`` without steps."""
    if not steps:
        return None
    longest = _PAUSE * median(steps)
    usual = [step for step in steps if step < longest]
    return (len(usual) / (sum(usual) * time_base)).limit_denominator(1000)


def is_uneven(steps: list[int]) -> bool:
    """Whether the steps differ by more than rounding."""
    return max(steps, default=0) - min(steps, default=0) > 1
