"""What a container says of its video stream."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice, pairwise

from av.container import InputContainer
from av.video.stream import VideoStream

from dualface.decode.rate import is_uneven, usual_rate

_MICROSECONDS = 1_000_000
_SAMPLED_FRAMES = 1000
_INDEXED_SHARE = 0.9
"""An index that reaches so far is one of the whole file."""
_USUAL_RATE = Fraction(25)


class PixelAspect:
    """The shape of a stream's pixels, which may change while it is decoded.

    A container that contradicts its stream is right for the whole of it (ISO/IEC 14496-12, PixelAspectRatioBox);
    else the stream's own headers count as they come.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._codec = stream.codec_context
        declared = stream.sample_aspect_ratio
        self._fixed = declared if declared != self._codec.sample_aspect_ratio else None

    def current(self) -> Fraction | None:
        """Width over height of a pixel of the newest frame, ``None`` when unknown."""
        return self.where(self._codec.sample_aspect_ratio)

    def where(self, coded: Fraction | None) -> Fraction | None:
        """The same where the stream's headers say ``coded``."""
        return self._fixed or coded


def frame_rate(stream: VideoStream, steps: list[int]) -> Fraction:
    """Average frames per second.

    Where the container doesn't say, the rate of the ``steps`` between the first pictures' timestamps; 25 without any.
    """
    rate = stream.average_rate or usual_rate(steps, time_base(stream)) or stream.guessed_rate
    return rate if rate and rate > 0 else _USUAL_RATE


def time_base(stream: VideoStream) -> Fraction:
    """The unit of the stream's timestamps, in seconds."""
    return stream.time_base or Fraction(1, 90000)


def total_frames(stream: VideoStream, seconds: float, fps: Fraction) -> int:
    """How many frames to expect, 0 when unknown: the container's claim, else what ``seconds`` hold at ``fps``.

    A claim of more than that counts frames that an edit list cuts away.  AVI's counts repetitions too, of which there are no
    pictures; its index does not.
    """
    expected = round(seconds * fps)
    index = stream.index_entries
    if stream.container.format.name == "avi" and len(index) and index[-1].timestamp >= _INDEXED_SHARE * stream.frames:
        return len(index)
    return expected if 0 < expected < stream.frames - 1 else stream.frames or expected


def duration_seconds(container: InputContainer, stream: VideoStream, start: float = 0.0) -> float:
    """The stream's duration, else the container's, else 0; ``start`` is the first picture's time in seconds."""
    if "matroska" in container.format.name:  # it knows only when streams end
        return max(_matroska_end(container, stream) - max(start, 0.0), 0.0)
    if stream.duration is not None:
        return max(float(stream.duration * time_base(stream)), 0.0)
    return max((container.duration or 0) / _MICROSECONDS, 0.0)


def timecode(container: InputContainer, stream: VideoStream) -> str:
    """The timecode of the first picture, as ``hh:mm:ss:ff``; empty where the file has none."""
    places = [stream.metadata, *(other.metadata for other in container.streams if other.type == "data"), container.metadata]
    return next((place["timecode"] for place in places if "timecode" in place), "")


def _matroska_end(container: InputContainer, stream: VideoStream) -> float:
    """When the stream ends, in seconds, by its tag; else when the longest stream does."""
    tagged = re.fullmatch(r"(\d+):(\d+):(\d+\.\d+)", stream.metadata.get("DURATION", ""))
    if tagged is None:
        return (container.duration or 0) / _MICROSECONDS
    hours, minutes, seconds = map(float, tagged.groups())
    return hours * 3600 + minutes * 60 + seconds


def is_variable_rate(stream: VideoStream, steps: list[int]) -> bool:
    """Whether timestamps are known to be uneven.

    By the container's index of frames, else by its two ideas of the rate, else by the first ``steps`` between pictures.
    """
    times = [entry.timestamp for entry in islice(stream.index_entries, _SAMPLED_FRAMES)]
    if stream.frames and len(times) == min(stream.frames, _SAMPLED_FRAMES):
        return is_uneven([later - earlier for earlier, later in pairwise(times)])
    average, base = stream.average_rate, stream.base_rate
    if not average or not base:
        return is_uneven(steps)
    # of an interlaced stream one may count fields and the other frames
    return min(abs(average * n / base - 1) for n in (1, 2)) > Fraction(1, 100)
