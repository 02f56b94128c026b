"""Frames that are decoded before anybody asks for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.interfaces import Decoder
from dualface.types import Frame


def frames_of(decoder: Decoder, device: Device, config: Config) -> Iterator[Frame]:
    """The frames of a decoder, read as many at a time as suits the device."""
    at_a_time = 1 if device.name == "cpu" else config.processing.batch_size_decode
    while frames := deque(decoder.decode_batch(at_a_time)):
        while frames:  # a list would keep all of them in memory until the last is handed on
            yield frames.popleft()
