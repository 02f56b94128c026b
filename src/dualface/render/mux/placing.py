"""Where in the film the packets of sound and subtitles belong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dualface.film_clock import FilmClock

LONGEST_PAUSE_SECONDS = 10
"""Sound that would begin later, after the last picture or after the sound before it, is not meant to."""
_SKEW_SECONDS = 2
"""Muxers put sound at most so far from the pictures that it is heard with."""
_DISORDER_SECONDS = Fraction(1, 5)


class Surroundings:
    """What lies around a packet in the file: the film's pictures, and the pieces of the source's clock."""

    def __init__(self, clock: FilmClock) -> None:
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

    def shifts(self, packet: Any) -> tuple[Fraction, ...]:
        """What may be added to the time of another stream's packet: :meth:`~dualface.film_clock.FilmClock.shifts_near`."""
        return self._clock.shifts_near(self._position(packet))

    def nearest(self, packet: Any, start: Fraction) -> Fraction:
        """The film's time for ``start`` on the source's clock under which the packet is nearest to the pictures around it."""
        times = [start + shift for shift in self.shifts(packet)]
        around = self.time
        return times[0] if around is None else min(times, key=lambda time: abs(time - around))

    def _position(self, packet: Any) -> int:
        """Of packets that share a piece of the file only the first has a position."""
        if packet.pos is not None:
            self._positions[packet.stream_index] = packet.pos
        return self._positions.get(packet.stream_index, 0)


class Placing:
    """Gives each packet of one stream of sound its time in the film.

    A packet belongs to that piece of the source's clock under which it is heard with the pictures around it in the file and
    goes on from the sound before.  Where its clock starts anew or leaps and that of the pictures does not, the sound goes on
    without a gap until its times fit again.  Where sound lies twice at one time, behind a joint, the first stays.

    ``begin`` is the first picture's time, ``end`` where the last one ends, ``offset`` is added to all times of this stream.
    All times are in seconds, the film's unless said otherwise.
    """

    def __init__(self, begin: Fraction, end: Fraction, offset: Fraction = Fraction(0)) -> None:
        self._begin, self._film_end, self._offset = begin, end, offset
        self._end: Fraction | None = None
        self._shift: Fraction | None = None
        self._own: Fraction | None = None
        self._joint: Fraction | None = None
        self._along = False
        self.late = Fraction(0)
        """How much later than the first picture it began; it was brought back there."""
        self.strays: list[Fraction] = []
        """Where its times were not believed."""
        self.overlap = Fraction(0)
        """How much of it was left out behind joints."""

    def place(
        self,
        start: Fraction | None,
        length: Fraction,
        *,
        shifts: Sequence[Fraction] = (Fraction(0),),
        around: Fraction | None = None,
        lead: Fraction = Fraction(0),
    ) -> Fraction | None:
        """When a packet is heard that the source has at ``start`` on its own clock; ``None`` where it must be left out.

        ``lead`` is how much of its beginning is not heard.  ``shifts`` and ``around`` are what :class:`Surroundings` tell.
        """
        time = self.end if start is None else self._time(start + self._offset, shifts, around)
        if self._end is None and time > self._film_end + LONGEST_PAUSE_SECONDS:
            self.late = time + lead - self._begin
            self._offset -= self.late
            time -= self.late
        if self._joint is not None and time + length / 2 < self._joint:
            self.overlap += length
            return None
        self._along = around is not None and abs(time - around) <= LONGEST_PAUSE_SECONDS
        self._end = max(self.end, time + length)
        return time

    @property
    def end(self) -> Fraction:
        """Where the sound ends so far; before it began, where the film does."""
        return self._begin if self._end is None else self._end

    def _time(self, start: Fraction, shifts: Sequence[Fraction], around: Fraction | None) -> Fraction:
        shift = self._fitting(start, shifts, around)
        if self._end is not None and self._is_astray(start + shift, around, goes_on=shift == self._shift):
            shift = self._own = self._end - start
            self.strays.append(self._end)
        elif self._end is not None and shift != self._shift:
            self._joint = self._end
        self._shift = shift
        return start + shift

    def _fitting(self, start: Fraction, shifts: Sequence[Fraction], around: Fraction | None) -> Fraction:
        choices = [*shifts] if self._own is None else [*shifts, self._own]
        if around is not None:
            with_pictures = [shift for shift in choices if abs(start + shift - around) <= _SKEW_SECONDS]
            choices = with_pictures or [min(choices, key=lambda shift: abs(start + shift - around))]
        end = self._end
        return choices[0] if end is None else min(choices, key=lambda shift: abs(start + shift - end))

    def _is_astray(self, time: Fraction, around: Fraction | None, *, goes_on: bool) -> bool:
        end = self.end
        if abs(time - end) <= _DISORDER_SECONDS:
            return False
        if time > max(end, self._film_end) + LONGEST_PAUSE_SECONDS:
            return True
        if self._along and around is not None and abs(time - around) > LONGEST_PAUSE_SECONDS:
            return True
        return goes_on and time < end
