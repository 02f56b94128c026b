"""When a source's sound begins, should that be before the pictures: read from the packets, because headers err."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard

from dualface.decode.open import has_index_of_times
from dualface.film_clock import FilmClock
from dualface.render.mux.muxer import StopCheck
from dualface.render.mux.placing import LONGEST_PAUSE_SECONDS, Surroundings, nearest

_LONGEST_PACKET_SECONDS = 2
_NOTHING = Fraction(0)
_MOST_PACKETS = 2000
"""Of all streams; sound that has not begun by then does not begin before the pictures."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """``heard`` is where each stream of sound (by index) begins, in seconds on the film's clock, what an encoder put before it
    aside; streams that begin late or never are missing.  Those in ``apart`` end so long before the first picture that their
    times must be wrong.
    """

    heard: Mapping[int, Fraction]
    apart: frozenset[int]


def beginnings(
    original: InputContainer, sounds: Mapping[int, AudioStream], pictures: Fraction, clock: FilmClock, *, stop: StopCheck
) -> Beginnings:
    """Reads the beginning of ``original``, and all of it where sound seems to lie apart from the pictures.

    ``pictures`` is the film's time of the first one, in seconds.
    """
    surroundings = Surroundings(clock)
    packets = _sound(original, sounds, surroundings, needs_pictures=bool(clock.restarts), stop=stop)
    heard = _heard(islice(packets, _MOST_PACKETS), sounds, surroundings)
    least = pictures - LONGEST_PAUSE_SECONDS
    apart = {index for index, start in heard.items() if start < least}
    for packet in packets if apart else ():
        timed = packet is not None and packet.pts is not None
        if timed and nearest(packet.pts * packet.time_base, surroundings.place(packet)) >= least:
            apart.discard(packet.stream_index)
        if not apart:
            break
    return Beginnings(heard, frozenset(apart))


def duration(packet: Any, sound: AudioStream) -> Fraction:
    """How long a packet of ``sound`` lasts, in seconds; 0 where nothing says it.

    In MP4 and MOV, what is said to last longer than any packet can is followed by a gap.
    """
    told: Fraction = (packet.duration or 0) * packet.time_base
    if 0 < told <= _LONGEST_PACKET_SECONDS:
        return told
    return Fraction(sound.codec_context.frame_size, sound.codec_context.sample_rate)


def skipped(packet: Any, sound: AudioStream) -> Fraction:
    """How much of a packet's beginning is not heard, in seconds: what an encoder put before the sound, or an edit list cut."""
    if not packet.has_sidedata("skip_samples"):
        return _NOTHING
    (samples,) = struct.unpack_from("<I", bytes(packet.get_sidedata("skip_samples")))
    return Fraction(samples, sound.codec_context.sample_rate)


def _heard(packets: Iterator[Any], sounds: Mapping[int, AudioStream], surroundings: Surroundings) -> dict[int, Fraction]:
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
        heard[index] = nearest(packet.pts * packet.time_base, surroundings.place(packet)) + lead - untimed[index]
        if len(heard) == len(sounds):
            break
    return heard


def _sound(
    original: InputContainer,
    sounds: Mapping[int, AudioStream],
    surroundings: Surroundings,
    *,
    needs_pictures: bool,
    stop: StopCheck,
) -> Iterator[Any]:
    """Packets of ``sounds``, and ``None`` for each of other streams; up to where the file can't be read any more."""
    pictures = read_for(original, sounds, needs_pictures=needs_pictures)
    with contextlib.suppress(FFmpegError, OSError, IndexError):
        for packet in original.demux():
            if stop():
                return
            if packet.size and packet.stream_index == pictures:
                surroundings.pass_by(packet)
            yield packet if packet.size and packet.stream_index in sounds else None


def read_for(original: InputContainer, wanted: Collection[int], *, needs_pictures: bool) -> int | None:
    """Prepares reading the streams whose index is ``wanted``; returns that of the pictures, unless they are not read."""
    if has_index_of_times(original) and not needs_pictures:
        # It reads no byte of discarded streams.  Other formats must be read through, and those packets show the stop check.
        for stream in original.streams:
            stream.discard = Discard.default if stream.index in wanted else Discard.all
        return None  # the first of them come all the same, read when the file was opened
    pictures = original.streams.best("video")
    return None if pictures is None else pictures.index
