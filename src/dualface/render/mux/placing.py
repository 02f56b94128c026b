"""Where in the film the packets of sound and subtitles belong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from dualface.film_clock import UNCHANGED, FilmClock

LONGEST_PAUSE_SECONDS = 10
"""Sound that would begin later, after the last picture or after the sound before it, is not meant to."""
_SKEW_SECONDS = 2
"""Muxers put sound at most so far from the pictures that it is heard with."""
_DISORDER_SECONDS = Fraction(1, 5)


class Heard(NamedTuple):
    """A packet of sound.  ``start`` is on the source's clock, ``None`` where the source does not say; ``lead`` is how much of
    its beginning is not heard.  All in seconds.
    """

    packet: Any
    start: Fraction | None
    length: Fraction
    lead: Fraction = Fraction(0)


class Place(NamedTuple):
    """A place in the file.  ``shifts`` are what may be added to the source's times there, the likeliest first; ``around`` is
    the film's time of the picture read last; ``joint`` that of the next restart of the source's clock.  All in seconds.
    """

    shifts: Sequence[Fraction] = (Fraction(0),)
    around: Fraction | None = None
    joint: Fraction | None = None


class Surroundings:
    """Where in the file packets lie, as it is read."""

    def __init__(self, clock: FilmClock = UNCHANGED) -> None:
        self._clock = clock
        self._positions: dict[int, int] = {}
        self.time: Fraction | None = None
        """The film's time, in seconds, of the picture that was read last."""

    def pass_by(self, picture: Any) -> None:
        """Takes note of a packet of pictures."""
        position = self._position(picture)
        stamp = picture.pts if picture.dts is None else picture.dts
        if stamp is not None:
            self.time = stamp * picture.time_base + self._clock.shift_at(position)

    def place(self, packet: Any) -> Place:
        """Where another stream's packet lies."""
        position = self._position(packet)
        return Place(self._clock.shifts_near(position), self.time, self._clock.joint_after(position))

    def _position(self, packet: Any) -> int:
        """Of packets that share a piece of the file only the first has a position."""
        if packet.pos is not None:
            self._positions[packet.stream_index] = packet.pos
        return self._positions.get(packet.stream_index, 0)


def nearest(start: Fraction, place: Place) -> Fraction:
    """The film's time for ``start`` on the source's clock that is nearest to the pictures around ``place``."""
    times = [start + shift for shift in place.shifts]
    around = place.around
    return times[0] if around is None else min(times, key=lambda time: abs(time - around))


class Placing:
    """Gives each packet of one stream of sound its time in the film.

    A packet belongs to that piece of the source's clock under which it is heard with the pictures around it in the file and
    goes on from the sound before.  Where its clock starts anew or leaps and that of the pictures does not, the sound goes on
    without a gap until its times fit again.  At a joint of two recordings, the sound behind the last picture of the first makes
    room for that of the second.  First packets without times lie before the first that has one.

    ``begin`` is the first picture's time, ``end`` where the last one ends (``None`` where the source has more of them than the
    film), ``offset`` is added to all times of this stream.  All times are in seconds, the film's unless said otherwise.
    """

    def __init__(self, begin: Fraction, end: Fraction | None, offset: Fraction = Fraction(0)) -> None:
        self._begin, self._film_end, self._offset = begin, end, offset
        self._end: Fraction | None = None
        self._shift: Fraction | None = None
        self._own: Fraction | None = None
        self._joint: Fraction | None = None
        self._along = False
        self._untimed: list[tuple[Heard, Place]] = []
        self._held: list[tuple[Heard, Fraction]] = []
        self.late = Fraction(0)
        """How much later than the first picture it began; it was brought back there."""
        self.strays: list[Fraction] = []
        """Where its times were not believed."""
        self.overlap = Fraction(0)
        """How much of it was left out at joints."""

    @property
    def end(self) -> Fraction:
        """Where the sound ends so far; before it began, where the film does."""
        return self._begin if self._end is None else self._end

    def push(self, heard: Heard, place: Place) -> list[tuple[Any, Fraction]]:
        """Takes the next packet in the order of the file; returns those whose time is settled, with it."""
        if heard.start is None and self._end is None:
            self._untimed.append((heard, place))
            return []
        settled = self._before(heard.start) if heard.start is not None else []
        return settled + self._placed(heard, place)

    def flush(self) -> list[tuple[Any, Fraction]]:
        """The rest, at the end."""
        begin = self._begin - self._offset + sum((heard.length for heard, _ in self._untimed), Fraction(0))
        return [*self._before(begin), *self._released()]

    def _before(self, start: Fraction) -> list[tuple[Any, Fraction]]:
        """The packets that waited for the first time."""
        untimed, self._untimed = self._untimed, []
        start -= sum((heard.length for heard, _ in untimed), Fraction(0))
        settled: list[tuple[Any, Fraction]] = []
        for heard, place in untimed:
            settled += self._placed(heard._replace(start=start), place)
            start += heard.length
        return settled

    def _placed(self, heard: Heard, place: Place) -> list[tuple[Any, Fraction]]:
        before = self._shift
        time = self.end if heard.start is None else self._time(heard.start + self._offset, place)
        if self._end is None and self._is_long_after_the_film(time):
            self.late = time + heard.lead - self._begin
            self._offset -= self.late
            time -= self.late
        settled = self._at_joint(time) if before != self._shift and self._joint is not None else []
        if self._joint is not None and time + heard.length / 2 < self._joint:
            self.overlap += heard.length
            return settled
        self._along = place.around is not None and abs(time - place.around) <= LONGEST_PAUSE_SECONDS
        self._end = time + heard.length if self._end is None else max(self._end, time + heard.length)
        if place.joint is not None and time + heard.length / 2 > place.joint and self._shift == place.shifts[0]:
            self._held.append((heard, time))
            return settled
        return [*settled, *self._released(), (heard.packet, time)]

    def _released(self) -> list[tuple[Any, Fraction]]:
        held, self._held = self._held, []
        return [(heard.packet, time) for heard, time in held]

    def _at_joint(self, time: Fraction) -> list[tuple[Any, Fraction]]:
        """What goes on before ``time``, where sound of another piece of the clock begins."""
        held, self._held = self._held, []
        kept = [(heard, at) for heard, at in held if at + heard.length / 2 <= time]
        dropped = held[len(kept) :]
        if dropped:
            self.overlap += sum(heard.length for heard, _ in dropped)
            self._end = self._joint = dropped[0][1]
        return [(heard.packet, at) for heard, at in kept]

    def _time(self, start: Fraction, place: Place) -> Fraction:
        shift = self._fitting(start, place)
        if self._end is not None and self._is_astray(start + shift, place.around, goes_on=shift == self._shift):
            shift = self._own = self._end - start
            self.strays.append(self._end)
        elif self._end is not None and shift != self._shift:
            self._joint = self._end
        self._shift = shift
        return start + shift

    def _fitting(self, start: Fraction, place: Place) -> Fraction:
        choices = [*place.shifts] if self._own is None else [*place.shifts, self._own]
        if len(choices) == 1:
            return choices[0]
        around, end = place.around, self._end
        if around is not None:
            with_pictures = [shift for shift in choices if abs(start + shift - around) <= _SKEW_SECONDS]
            choices = with_pictures or [min(choices, key=lambda shift: abs(start + shift - around))]
        return choices[0] if end is None else min(choices, key=lambda shift: abs(start + shift - end))

    def _is_astray(self, time: Fraction, around: Fraction | None, *, goes_on: bool) -> bool:
        end = self.end
        if abs(time - end) <= _DISORDER_SECONDS:
            return False
        if time > end + LONGEST_PAUSE_SECONDS and self._is_long_after_the_film(time):
            return True
        if self._along and around is not None and abs(time - around) > LONGEST_PAUSE_SECONDS:
            return True
        return goes_on and time < end and end != self._joint

    def _is_long_after_the_film(self, time: Fraction) -> bool:
        return self._film_end is not None and time > self._film_end + LONGEST_PAUSE_SECONDS
