"""Frames that are decoded before anybody asks for them, and their thumbnails, which a GPU makes meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.interfaces import Decoder
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Frame


def frames_of(decoder: Decoder, device: Device, config: Config) -> Iterator[Frame]:
    """The frames of a decoder, read as many at a time as suits the device."""
    while frames := deque(decoder.decode_batch(at_a_time(device, config))):
        while frames:  # a list would keep all of them in memory until the last is handed on
            yield frames.popleft()


def at_a_time(device: Device, config: Config) -> int:
    """So many frames are decoded before anybody asks for the first of them."""
    return 1 if device.name == "cpu" else config.processing.batch_size_decode


class ThumbnailsAhead:
    """Thumbnails by ``device``: on a GPU asked for when a frame of :meth:`frames` is decoded, so that nobody waits for them."""

    def __init__(self, device: Device) -> None:
        self._pixels, self._ahead = device.pixels, device.name != "cpu"
        self._asked: dict[int, Callable[[], Thumbnail]] = {}

    def frames(self, decoded: Iterable[Frame]) -> Iterator[Frame]:
        """The same frames."""
        for frame in decoded:
            if self._ahead:
                self._asked[frame.index] = self._pixels.asked_thumbnail(frame)
            yield frame

    def __call__(self, frame: Frame) -> Thumbnail:
        """The frame's, also of one that has not come by here; from one thread at a time."""
        asked = self._asked.pop(frame.index, None)
        return self._pixels.thumbnail(frame) if asked is None else asked()
