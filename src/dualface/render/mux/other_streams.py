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
from av.stream import Discard

from dualface.film_clock import FilmClock
from dualface.render.mux.beginnings import duration, skipped
from dualface.render.mux.muxer import StopCheck
from dualface.render.mux.placing import LONGEST_PAUSE_SECONDS, Placing, Surroundings
from dualface.render.mux.track import Track

_PRIMING_SECONDS = 0.1  # more than any encoder puts before the sound


@dataclass(frozen=True, slots=True)
class Film:
    """Times on the film's clock, in seconds: ``begin`` of the first picture and ``end`` of the last, ``origin``, which is 0 in
    the output, and ``cut``, where sound and subtitles end that go on after the last picture (``None``: nowhere).
    """

    begin: Fraction
    end: Fraction
    origin: Fraction
    cut: Fraction | None = None


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
        self._original, self._tracks, self._film, self._stop = original, tracks, film, stop
        self._has_edit_lists = has_edit_lists
        self._clock, self._surroundings = clock, Surroundings(clock)
        self.origin = film.origin
        self._sounds = {stream.index: stream for stream in original.streams.audio if stream.index in tracks}
        self.placings = {index: Placing(film.begin, film.end, offsets.get(index, Fraction(0))) for index in self._sounds}
        """How each stream of sound was placed."""
        self.misplaced: set[int] = set()
        """Subtitles of which some would be shown long after the film."""
        self.unread: Fraction | None = None
        """Up to where, in seconds of the output, the source could be read; ``None``: all of it."""
        self._untimed: dict[int, list[av.Packet[Any]]] = {index: [] for index in self._sounds}
        self._first: dict[int, Fraction] = {}

    def packets(self) -> Iterator[av.Packet[Any]]:
        """All of them; times are the output's, in seconds from ``film.origin``."""
        if not self._tracks:
            return
        for packet in self._demuxed():
            track = self._tracks.get(packet.stream_index)
            if packet.stream_index in self._sounds:
                placed = self._with_untimed(packet)
            else:
                placed = [packet] if track is not None and self._place_words(packet) else []
            for one in placed:
                yield from self._tracks[one.stream_index].push(one)
        for index, rest in self._untimed.items():
            for packet in rest:
                if self._place(packet, None):
                    yield from self._tracks[index].push(packet)
        for track in self._tracks.values():
            yield from track.flush()

    def _demuxed(self) -> Iterator[av.Packet[Any]]:
        """Packets of the source up to its end or to where it can't be read any more."""
        streams = list(self._original.streams)
        pictures = self._original.streams.best("video")
        if "mov" in self._original.format.name and not self._clock.restarts:
            # It reads no byte of discarded streams.  Other formats must be read through, and those packets show the stop check.
            for stream in streams:
                stream.discard = Discard.default if stream.index in self._tracks else Discard.all
        reached = self._film.origin
        try:
            for packet in self._original.demux(streams):
                if self._stop():
                    return
                if packet.size and pictures is not None and packet.stream_index == pictures.index:
                    self._surroundings.pass_by(packet)
                    reached = self._surroundings.time or reached
                if packet.size:
                    yield packet
        except IndexError:
            return  # PyAV's demuxer ends so when streams appeared on the way
        except (FFmpegError, OSError):
            self.unread = max([reached, *(placing.end for placing in self.placings.values())]) - self._film.origin

    def _with_untimed(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        """The packet, if it has a place in the film, and before it those that waited because they have no times."""
        waiting = self._untimed[packet.stream_index]
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None and packet.stream_index not in self._first:
            waiting.append(packet)
            return []
        sound = self._sounds[packet.stream_index]
        start = None if stamp is None else Fraction(stamp * packet.time_base)
        begin = (start or Fraction(0)) - sum((duration(one, sound) for one in waiting), Fraction(0))
        placed = []
        for one in waiting:
            placed += [one] if self._place(one, begin) else []
            begin += duration(one, sound)
        waiting.clear()
        return [*placed, packet] if self._place(packet, start) else placed

    def _place(self, packet: av.Packet[Any], start: Fraction | None) -> bool:
        """Gives a packet of sound its time; false where it must be left out.  ``start`` is in the source's seconds."""
        sound = self._sounds[packet.stream_index]
        time = self.placings[packet.stream_index].place(
            start,
            duration(packet, sound),
            shifts=self._surroundings.shifts(packet),
            around=self._surroundings.time,
            lead=skipped(packet, sound),
        )
        if time is None or self._is_cut(packet, time, sound):
            return False
        packet.pts = packet.dts = round((time - self._film.origin) / packet.time_base)
        return True

    def _is_cut(self, packet: av.Packet[Any], time: Fraction, sound: AudioStream) -> bool:
        first = self._first.setdefault(packet.stream_index, time)
        if self._film.cut is not None and time >= self._film.cut:
            return True
        if self._has_edit_lists or not packet.is_discard:
            return False
        # Cut away by an edit list; where the output has none, a decoder needs the packet before the first one heard.
        needed = _PRIMING_SECONDS if first - self._film.origin >= -_PRIMING_SECONDS else duration(packet, sound)
        return time - self._film.origin < -needed

    def _place_words(self, packet: av.Packet[Any]) -> bool:
        """Gives a packet of subtitles its time; false where it does not lie in the film."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return False
        time = self._surroundings.nearest(packet, Fraction(stamp * packet.time_base))
        if time > self._film.end + LONGEST_PAUSE_SECONDS:
            self.misplaced.add(packet.stream_index)
            return False
        if self._film.cut is not None and time >= self._film.cut:
            return False
        start = round((time - self._film.origin) / packet.time_base)
        end = start + (packet.duration or 0)
        packet.pts = packet.dts = max(start, 0)
        packet.duration = end - packet.pts
        return end > 0 or start >= 0
