"""Where sound begins, as it is read from packets."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from av.stream import Discard

from dualface.film_clock import UNCHANGED, FilmClock, Restart
from dualface.render.mux.beginnings import Beginnings, beginnings, duration, skipped

MS = Fraction(1, 1000)
SOUND: Any = SimpleNamespace(codec_context=SimpleNamespace(sample_rate=48000, frame_size=1024))


def packet(
    index: int, pts: int | None, *, length: int = 20, skip: int = 0, discard: bool = False, pos: int | None = None
) -> Any:
    side = struct.pack("<IIBB", skip, 0, 0, 0)
    return SimpleNamespace(
        stream_index=index,
        pts=pts,
        dts=pts,
        duration=length,
        time_base=MS,
        size=1,
        pos=pos,
        is_discard=discard,
        has_sidedata=lambda kind: bool(skip) and kind == "skip_samples",
        get_sidedata=lambda kind: side,
    )


class Source:
    """A container of these packets; stream 0 are the pictures."""

    def __init__(self, packets: Sequence[Any], name: str = "matroska,webm") -> None:
        self.format = SimpleNamespace(name=name)
        self._packets, self.read = packets, 0
        picture = SimpleNamespace(index=0, discard=Discard.default)
        sounds = [SimpleNamespace(index=n, discard=Discard.default) for n in (1, 2)]
        self.streams: Any = _Streams([picture, *sounds])

    def demux(self) -> Any:
        for each in self._packets:
            self.read += 1
            yield each


class _Streams(list[Any]):
    def best(self, kind: str) -> Any:
        return self[0]


def of(packets: Sequence[Any], pictures: float = 0, clock: FilmClock = UNCHANGED, sounds: Sequence[int] = (1,)) -> Beginnings:
    source: Any = Source(packets)
    return beginnings(source, dict.fromkeys(sounds, SOUND), Fraction(pictures), clock, stop=lambda: False)


def test_the_first_packet_that_is_heard() -> None:
    assert of([packet(0, 0), packet(1, 300), packet(1, 320)]).heard == {1: Fraction(3, 10)}
    assert of([packet(1, -21, length=21, skip=1024), packet(1, 0)]).heard == {1: 0}  # an encoder's priming
    assert of([packet(1, -40, discard=True), packet(1, -20, discard=True), packet(1, 0)]).heard == {1: 0}  # an edit list
    assert of([packet(1, -20, skip=480), packet(1, 0)]).heard == {1: Fraction(-1, 100)}  # half of it is heard


def test_packets_without_times_lie_before_the_first_that_has_one() -> None:
    assert of([packet(1, None), packet(1, None), packet(1, 0)]).heard == {1: Fraction(-4, 100)}
    assert of([packet(1, None, skip=1024, length=21), packet(1, None), packet(1, 0)]).heard == {1: Fraction(-2, 100)}


def test_sound_that_never_begins_is_missing() -> None:
    assert of([packet(0, 0)], sounds=(1, 2)) == Beginnings({}, frozenset())
    assert of([packet(1, 0)], sounds=(1, 2)).heard == {1: 0}


def test_no_more_is_read_than_needed() -> None:
    source: Any = Source([packet(1, 0), packet(2, 0), *[packet(0, n) for n in range(100)]])
    beginnings(source, {1: SOUND, 2: SOUND}, Fraction(0), UNCHANGED, stop=lambda: False)
    assert source.read == 2
    source = Source([packet(0, n) for n in range(100_000)])
    beginnings(source, {1: SOUND}, Fraction(0), UNCHANGED, stop=lambda: False)
    assert source.read <= 2001


def test_a_stop_is_heard() -> None:
    source: Any = Source([packet(0, n) for n in range(100)])
    beginnings(source, {1: SOUND}, Fraction(0), UNCHANGED, stop=lambda: source.read > 3)
    assert source.read == 4


def test_sound_that_is_over_long_before_the_pictures_lies_apart() -> None:
    sound = [packet(1, n) for n in range(0, 8000, 20)]
    assert of([*sound, packet(0, 100_000_000)], 100_000) == Beginnings({1: Fraction(0)}, frozenset({1}))
    assert of([*sound, packet(0, 19_000)], 19).apart == {1}
    assert of([*sound, packet(0, 17_900)], 17.9).apart == frozenset()  # less than ten seconds before
    assert of([*sound, packet(0, 9_000)], 9).apart == frozenset()


def test_sound_that_goes_on_up_to_the_pictures_belongs_to_them() -> None:
    sound = [packet(1, n) for n in range(0, 60_000, 20)]
    assert of(sound, 65) == Beginnings({1: Fraction(0)}, frozenset())


def test_only_the_stream_that_lies_apart_is_meant() -> None:
    sounds = [packet(1, 0), packet(2, 0), packet(2, 95_000), packet(1, 20)]
    assert of(sounds, 100, sounds=(1, 2)).apart == {1}


def test_sound_of_a_later_piece_of_the_clock() -> None:
    """The first recording has no sound, the clock of the second shows less than the first one's."""
    clock = FilmClock((Restart(1000, Fraction(1), Fraction(39)),))
    packets = [packet(0, 30_000, pos=0), packet(0, 1000, pos=1000), packet(1, 1000, pos=1100)]
    assert of(packets, 30, clock) == Beginnings({1: Fraction(40)}, frozenset())


def test_of_mp4_only_the_sound_is_read() -> None:
    source: Any = Source([packet(1, 0)], "mov,mp4,m4a,3gp,3g2,mj2")
    beginnings(source, {1: SOUND}, Fraction(0), UNCHANGED, stop=lambda: False)
    assert [stream.discard for stream in source.streams] == [Discard.all, Discard.default, Discard.all]


def test_how_long_a_packet_lasts() -> None:
    assert duration(packet(1, 0, length=20), SOUND) == 20 * MS
    assert duration(packet(1, 0, length=0), SOUND) == Fraction(1024, 48000)
    assert duration(packet(1, 0, length=60_000), SOUND) == Fraction(1024, 48000)  # a gap follows it
    assert duration(packet(1, 0, length=2000), SOUND) == 2


def test_how_much_of_a_packet_is_not_heard() -> None:
    assert skipped(packet(1, 0), SOUND) == 0
    assert skipped(packet(1, 0, skip=312), SOUND) == Fraction(312, 48000)
