"""Where a source's clock starts anew or jumps, found in its packets, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from dualface.film_clock import UNCHANGED, FilmClock, Restart

DISORDER_SECONDS = Fraction(1, 5)
"""Steps back by less are taken for disorder, not for a clock that starts anew."""
LEAP_SECONDS = 10
"""Where there is neither picture nor sound for longer, the clock of a format that may be cut and joined has jumped; as for
FFmpeg's ``dts_delta_threshold``."""
LONGEST_PAUSE_SECONDS = 3600
"""The same for formats whose clock should never jump."""
_STEPS_IN_A_LEAP = 20
_LONGEST_DELAY_SECONDS = 10
"""From decoding a picture to showing it."""


class ClockWatch:
    """Moves the pictures' times so that they go on without a gap where the source's clock starts anew or jumps.

    That is where a packet steps back by more than :data:`DISORDER_SECONDS`, as behind the joint of two recordings, or forward
    by more than ``leap_seconds`` (``None``: believe it) in which no sound was either; and where the next packet goes on from
    there.  A packet whose time is wrong all alone loses it, and goes where the decoder puts it.

    Packets are PyAV's; ``time_base`` is the pictures', ``step`` what one of them usually lasts, in it.
    """

    def __init__(self, time_base: Fraction, step: int, *, leap_seconds: int | None) -> None:
        self._base, self._step = time_base, max(step, 1)
        self._disorder = max(round(DISORDER_SECONDS / time_base), 1)
        self._leap = None if leap_seconds is None else max(round(leap_seconds / time_base), _STEPS_IN_A_LEAP * self._step)
        self._longest_delay = round(_LONGEST_DELAY_SECONDS / time_base)
        self._sounds: dict[int, tuple[Fraction, Fraction]] = {}
        self.clock = UNCHANGED
        """As far as packets were seen."""
        self._shift = self._position = 0
        self._last: int | None = None
        self._between = 0
        self._end: int | None = None
        self._held: list[Any] = []
        self._held_position = 0

    def hear(self, packet: Any) -> None:
        """Takes note of a packet of sound."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None or self._leap is None:
            return
        start = stamp * packet.time_base
        begun, heard = self._sounds.get(packet.stream_index, (start, start))
        goes_on = abs(start - heard) < self._leap * self._base
        end = start + (packet.duration or 0) * packet.time_base
        self._sounds[packet.stream_index] = (begun if goes_on else start, end)

    def see(self, packet: Any) -> Iterator[Any]:
        """Takes the next packet of pictures; gives back those of which it is known where they belong, their times moved."""
        self._position = packet.pos or self._position
        if None not in (packet.dts, packet.pts) and abs(packet.pts - packet.dts) > self._longest_delay:
            packet.pts = None
        time = packet.dts  # in the order of the file only these increase
        if time is None and self._held:
            self._held.append(packet)
        elif time is not None and self._goes_on_from_held(time):
            self._restart(packet)
            yield from map(self._moved, [*self._held, packet])
            self._held.clear()
        elif time is None or self._last is None or self._follows(self._last, time):
            yield from self.flush()
            yield self._moved(packet)
        else:
            yield from self.flush()
            self._held, self._held_position = [packet], self._position

    def flush(self) -> Iterator[Any]:
        """What is still held back, without times."""
        held, self._held = self._held, []
        for packet in held:
            packet.pts = packet.dts = None
            yield packet

    def _goes_on_from_held(self, time: int) -> bool:
        """Whether a packet goes on from the one that is held back, and not better from the one before that."""
        if not self._held or not self._follows(self._held[0].dts, time):
            return False
        last = self._last or 0
        as_well = abs(time - last - 2 * self._step) < abs(time - self._held[0].dts - self._step)
        return not (as_well and self._follows(last, time))

    def _follows(self, before: int, time: int) -> bool:
        if time < before - self._disorder:
            return False
        return self._leap is None or time - before <= self._leap or self._is_filled(before * self._base, time * self._base)

    def _is_filled(self, start: Fraction, end: Fraction) -> bool:
        """Whether sound went on from about ``start`` to about ``end``, so that it is the pictures that pause."""
        margin = (self._leap or 0) * self._base
        return any(begun < start + margin and heard > end - margin for begun, heard in self._sounds.values())

    def _restart(self, after: Any) -> None:
        first = min(shown for shown in map(_shown, (self._held[0], after)) if shown is not None)
        self._shift = (self._end or 0) - first
        restart = Restart(self._held_position, first * self._base, self._shift * self._base)
        self.clock = FilmClock((*self.clock.restarts, restart))

    def _moved(self, packet: Any) -> Any:
        if packet.dts is not None:
            self._between = packet.dts - self._last if self._last is not None else 0
            self._last = packet.dts
        if self._shift:
            packet.pts = None if packet.pts is None else packet.pts + self._shift
            packet.dts = None if packet.dts is None else packet.dts + self._shift
        shown = _shown(packet)
        if shown is not None:
            end = shown + (packet.duration or max(self._between, 0) or self._step)
            self._end = end if self._end is None else max(self._end, end)
        return packet


def _shown(packet: Any) -> int | None:
    shown: int | None = packet.dts if packet.pts is None else packet.pts
    return shown
