"""The source's sound and subtitles on the film's clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from dualface.film_clock import FilmClock
from dualface.render.mux.beginnings import duration, read_for, skipped
from dualface.render.mux.muxer import StopCheck
from dualface.render.mux.placing import LONGEST_PAUSE_SECONDS, Heard, Placing, Surroundings, nearest
from dualface.render.mux.track import Track

_PRIMING_SECONDS = 0.1  # more than any encoder puts before the sound


@dataclass(frozen=True, slots=True)
class Film:
    """Times on the film's clock, in seconds: ``begin`` of the first picture and ``end`` of the last, ``origin``, which is 0 in
    the output, and ``cut``, where sound and subtitles end that go on after the last picture (``None``: nowhere).  Without
    ``from_start`` the film begins in the middle of its source, and so do they.
    """

    begin: Fraction
    end: Fraction
    origin: Fraction
    cut: Fraction | None = None
    from_start: bool = True

    def holds(self, time: Fraction) -> bool:
        """Whether what is heard or shown at ``time`` belongs to the film."""
        return (self.from_start or time >= self.begin) and (self.cut is None or time < self.cut)


class OtherStreams:
    """Packets of sound and subtitles for the output, in the order of the file, and what became of them.

    ``tracks`` are those wanted, by their index in ``original``; ``offsets`` what is added to all times of a stream.
    ``has_edit_lists`` says that the output can hide the sound before its start.
    """

    def __init__(
        self,
        original: InputContainer,
        tracks: Mapping[int, Track],
        film: Film,
        clock: FilmClock,
        offsets: Mapping[int, Fraction],
        *,
        has_edit_lists: bool,
        stop: StopCheck,
    ) -> None:
        self._original, self._tracks, self.film, self._stop = original, tracks, film, stop
        self._has_edit_lists = has_edit_lists
        self._clock, self._surroundings = clock, Surroundings(clock)
        self._sounds = {stream.index: stream for stream in original.streams.audio if stream.index in tracks}
        end = film.end if film.cut is None else None
        self.placings = {index: Placing(film.begin, end, offsets.get(index, Fraction(0))) for index in self._sounds}
        """How each stream of sound was placed."""
        self.misplaced: set[int] = set()
        """Subtitles of which some would be shown long after the film."""
        self.unread: Fraction | None = None
        """Up to where, in seconds of the output, the source could be read; ``None``: all of it."""
        self._first: dict[int, Fraction] = {}
        self._over: set[int] = set()

    def packets(self) -> Iterator[av.Packet[Any]]:
        """All of them; times are the output's, in seconds from ``film.origin``."""
        if not self._tracks:
            return
        for packet in self._demuxed():
            index = packet.stream_index
            if index in self.placings:
                yield from self._sound(index, self.placings[index].push(self._heard(packet), self._surroundings.place(packet)))
            elif index in self._tracks and self._place_words(packet):
                yield from self._tracks[index].push(packet)
            if len(self._over) == len(self._tracks):
                break
        for index, placing in self.placings.items():
            yield from self._sound(index, placing.flush())
        for track in self._tracks.values():
            yield from track.flush()

    def _demuxed(self) -> Iterator[av.Packet[Any]]:
        """Packets of the source up to its end or to where it can't be read any more."""
        pictures = read_for(self._original, self._tracks, needs_pictures=bool(self._clock.restarts))
        reached = self.film.origin
        try:
            for packet in self._original.demux():
                if self._stop():
                    return
                if packet.size and packet.stream_index == pictures:
                    self._surroundings.pass_by(packet)
                    reached = self._surroundings.time or reached
                if packet.size:
                    yield packet
        except IndexError:
            return  # PyAV's demuxer ends so when streams appeared on the way
        except (FFmpegError, OSError):
            self.unread = max([reached, *(placing.end for placing in self.placings.values())]) - self.film.origin

    def _heard(self, packet: av.Packet[Any]) -> Heard:
        sound = self._sounds[packet.stream_index]
        stamp, base = packet.dts if packet.pts is None else packet.pts, packet.time_base
        start = None if stamp is None else stamp * base
        length = duration(packet, sound)
        if (packet.duration or 0) * base > length:
            packet.duration = round(length / base)
        return Heard(packet, start, length, skipped(packet, sound))

    def _sound(self, index: int, placed: list[tuple[Any, Fraction]]) -> Iterator[av.Packet[Any]]:
        for packet, time in placed:
            if not self._is_cut(packet, time, self._sounds[index]):
                packet.pts = packet.dts = round((time - self.film.origin) / packet.time_base)
                yield from self._tracks[index].push(packet)

    def _is_cut(self, packet: av.Packet[Any], time: Fraction, sound: AudioStream) -> bool:
        if self._is_after(packet, time):
            return True
        if not self.film.from_start and not self._reaches_in(time - self.film.origin, duration(packet, sound)):
            return True
        first = self._first.setdefault(packet.stream_index, time)
        if self._has_edit_lists or not packet.is_discard:
            return False
        # Cut away by an edit list; where the output has none, a decoder needs the packet before the first one heard.
        needed = _PRIMING_SECONDS if first - self.film.origin >= -_PRIMING_SECONDS else duration(packet, sound)
        return time - self.film.origin < -needed

    def _is_after(self, packet: av.Packet[Any], time: Fraction) -> bool:
        """Whether a packet lies behind the film's cut; far behind it nothing of its stream belongs to the film any more."""
        cut = self.film.cut
        if cut is not None and time >= cut + LONGEST_PAUSE_SECONDS:
            self._over.add(packet.stream_index)
        return cut is not None and time >= cut

    def _reaches_in(self, start: Fraction, length: Fraction) -> bool:
        """Whether sound is needed where the film begins in the middle of its source.

        Edit lists hide what is before 0, and a decoder needs some of it.
        """
        return start + length > -_PRIMING_SECONDS if self._has_edit_lists else start >= 0

    def _place_words(self, packet: av.Packet[Any]) -> bool:
        """Gives a packet of subtitles its time; false where it does not lie in the film."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return False
        time = nearest(Fraction(stamp * packet.time_base), self._surroundings.place(packet))
        if self._is_after(packet, time):
            return False
        if time > self.film.end + LONGEST_PAUSE_SECONDS:
            self.misplaced.add(packet.stream_index)
            return False
        start = round((time - self.film.origin) / packet.time_base)
        end = start + (packet.duration or 0)
        packet.pts = packet.dts = max(start, 0)
        packet.duration = end - packet.pts
        return end > 0 or start >= 0
