"""When a source's sound begins, should that be before the pictures: read from the packets, because headers err."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from dualface.render.mux.muxer import StopCheck
from dualface.render.mux.placing import LONGEST_PAUSE_SECONDS

_MOST_PACKETS = 2000
"""Of all streams; sound that has not begun by then does not begin before the pictures."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """``heard`` is where each stream of sound (by index) begins, in seconds on the source's clock, what an encoder put before
    it aside; streams that begin late or never are missing.  Those in ``apart`` end so long before the first picture that their
    times must be wrong.
    """

    heard: Mapping[int, Fraction]
    apart: frozenset[int]


def beginnings(
    original: InputContainer, sounds: Mapping[int, AudioStream], pictures: Fraction, *, stop: StopCheck
) -> Beginnings:
    """Reads the beginning of ``original``, and all of it where sound seems to lie apart from the pictures.

    ``pictures`` is the time of the first one, in seconds.
    """
    packets = _sound(original, sounds, stop)
    heard = _heard(islice(packets, _MOST_PACKETS), sounds)
    least = pictures - LONGEST_PAUSE_SECONDS
    apart = {index for index, start in heard.items() if start < least}
    for packet in packets if apart else ():
        if packet is not None and packet.pts is not None and packet.pts * packet.time_base >= least:
            apart.discard(packet.stream_index)
        if not apart:
            break
    return Beginnings(heard, frozenset(apart))


def duration(packet: Any, sound: AudioStream) -> Fraction:
    """How long a packet of ``sound`` lasts, in seconds; 0 where nothing says it."""
    if packet.duration:
        return Fraction(packet.duration * packet.time_base)
    return Fraction(sound.codec_context.frame_size, sound.codec_context.sample_rate)


def skipped(packet: Any, sound: AudioStream) -> Fraction:
    """How much of a packet's beginning is not heard, in seconds: what an encoder put before the sound, or an edit list cut."""
    if not packet.has_sidedata("skip_samples"):
        return Fraction(0)
    (samples,) = struct.unpack_from("<I", bytes(packet.get_sidedata("skip_samples")))
    return Fraction(samples, sound.codec_context.sample_rate)


def _heard(packets: Iterator[Any], sounds: Mapping[int, AudioStream]) -> dict[int, Fraction]:
    heard: dict[int, Fraction] = {}
    untimed = dict.fromkeys(sounds, Fraction(0))
    for packet in packets:
        if packet is None or packet.stream_index in heard:
            continue
        index, sound = packet.stream_index, sounds[packet.stream_index]
        length, lead = duration(packet, sound), skipped(packet, sound)
        if packet.is_discard or (lead and lead >= length):
            continue
        if packet.pts is None:
            untimed[index] += length - lead
            continue
        heard[index] = packet.pts * packet.time_base + lead - untimed[index]
        if len(heard) == len(sounds):
            break
    return heard


def _sound(original: InputContainer, sounds: Mapping[int, AudioStream], stop: StopCheck) -> Iterator[Any]:
    """Packets of ``sounds``, and ``None`` for each of other streams; up to where the file can't be read any more."""
    with contextlib.suppress(FFmpegError, OSError, IndexError):
        for packet in original.demux():
            if stop():
                return
            yield packet if packet.size and packet.stream_index in sounds else None
