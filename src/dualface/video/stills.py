"""Single frames of a video, by the times at which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing

from dualface.interfaces import Decoder
from dualface.types import Frame

_NEAR_SECONDS = 4.0
"""Frames that are no farther away are read on to: seeking means to open the video anew."""


def frames_at(open_decoder: Callable[[], Decoder], times: Sequence[float]) -> Iterator[Frame]:
    """The frame shown at each of ``times``, which rise, in seconds on the source's clock; fewer where the video ends before.

    Seeks where the format allows it, else the video is read from its start once.  Raises as ``open_decoder`` and reading do.
    """
    with ExitStack() as opened:
        decoder = opened.enter_context(closing(open_decoder()))
        frames, now, seeks = iter(decoder), 0.0, True
        base = decoder.get_video_info().time_base
        for n, time in enumerate(times):
            if seeks and (n == 0 or time - now > _NEAR_SECONDS):
                sought = opened.enter_context(closing(open_decoder()))
                seeks = sought.seek(0, round(time / base))
                if seeks:
                    decoder.close()
                    decoder, frames = sought, iter(sought)
            found = next((frame for frame in frames if frame.time >= time - float(base) / 2), None)
            if found is None:
                return
            now = found.time
            yield found
