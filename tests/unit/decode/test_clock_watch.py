"""Times in milliseconds, pictures every 40, packets of 1000 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.decode.clock_watch import LEAP_SECONDS, LONGEST_PAUSE_SECONDS, ClockWatch
from dualface.film_clock import FilmClock, Restart

MS = Fraction(1, 1000)


def picture(dts: int | None, pts: int | None = None, *, pos: int | None = None, duration: int = 40) -> Any:
    return SimpleNamespace(
        dts=dts, pts=dts if pts is None else pts, pos=pos, duration=duration, time_base=MS, stream_index=0, size=1
    )


def sound(pts: int, duration: int = 20, stream: int = 1) -> Any:
    return SimpleNamespace(dts=pts, pts=pts, pos=None, duration=duration, time_base=MS, stream_index=stream, size=1)


def watched(packets: Iterable[Any], leap_seconds: int | None = LEAP_SECONDS) -> tuple[list[int | None], FilmClock]:
    """Where the pictures' packets go, and the clock; each picture lies 1000 bytes behind the one before."""
    watch, found = ClockWatch(MS, 40, leap_seconds=leap_seconds), []
    position = 0
    for packet in packets:
        if packet.stream_index:
            watch.hear(packet)
            continue
        packet.pos = position if packet.pos is None else packet.pos
        position = packet.pos + 1000
        found += list(watch.see(packet))
    found += list(watch.flush())
    return [packet.pts for packet in found], watch.clock


def run(start: int, count: int, step: int = 40) -> list[Any]:
    return [picture(start + n * step) for n in range(count)]


def seconds(position: int, start: int, shift: int) -> Restart:
    return Restart(position, start * MS, shift * MS)


def test_a_clock_that_goes_on_is_left_alone() -> None:
    assert watched(run(-400, 30)) == ([-400 + n * 40 for n in range(30)], FilmClock())


def test_every_restart_goes_on_without_a_gap() -> None:
    pts, clock = watched([*run(1000, 10), *run(1000, 10), *run(200, 10)])
    assert pts == [1000 + n * 40 for n in range(30)]
    assert clock == FilmClock((seconds(10_000, 1000, 400), seconds(20_000, 200, 1600)))


def test_a_restart_later_than_the_first_begin_is_found_too() -> None:
    pts, clock = watched([*run(0, 100), *run(2000, 5)])
    assert pts == [n * 40 for n in range(105)]
    assert clock == FilmClock((seconds(100_000, 2000, 2000),))


def test_pictures_that_are_shown_in_another_order_are_joined_by_when_they_are_shown() -> None:
    def once() -> list[Any]:
        return [picture(n * 40 - 80, pts) for n, pts in enumerate((0, 120, 40, 80, 240, 160, 200, 280))]

    pts, clock = watched([*once(), *once()])
    assert pts == [0, 120, 40, 80, 240, 160, 200, 280, 320, 440, 360, 400, 560, 480, 520, 600]
    assert clock == FilmClock((seconds(8000, 0, 320),))


def test_pictures_that_are_stored_first_and_shown_later_leave_room_for_those_before() -> None:
    """An open group of pictures: the key frame behind the joint is not the first that is shown."""
    second = [picture(-80, 80), picture(-40, 0), picture(0, 40), picture(40, 120)]
    assert watched([*run(0, 10), *second])[0][-4:] == [480, 400, 440, 520]


@pytest.mark.parametrize("back", [10, 40, 199, 200])
def test_slight_disorder_is_no_restart(back: int) -> None:
    packets = [*run(0, 10), *run(400 - back, 10)]
    expected = [packet.pts for packet in packets]
    assert watched(packets) == (expected, FilmClock())


def test_more_than_slight_disorder_is_a_restart() -> None:
    pts, clock = watched([*run(0, 20), *run(760 - 201, 20)])
    assert pts == [n * 40 for n in range(40)]
    assert clock.restarts == (seconds(20_000, 559, 241),)


@pytest.mark.parametrize("wild", [-(10**6), -300, 10**6, 10**9])
def test_one_wild_time_alone_is_taken_away(wild: int) -> None:
    packets = [*run(0, 10), picture(wild), *run(440, 10)]
    pts, clock = watched(packets)
    assert pts == [n * 40 for n in range(10)] + [None] + [440 + n * 40 for n in range(10)]
    assert clock == FilmClock()


def test_a_wild_time_at_the_end_is_taken_away() -> None:
    assert watched([*run(0, 3), picture(10**7)]) == ([0, 40, 80, None], FilmClock())


def test_a_wild_time_of_showing_is_taken_away() -> None:
    pts, clock = watched([picture(0), picture(40, 10**7), picture(80)])
    assert (pts, clock) == ([0, None, 80], FilmClock())


def test_wild_times_one_after_the_other_are_taken_away() -> None:
    packets = [*run(0, 5), picture(10**6), picture(-(10**6)), picture(10**7), *run(320, 5)]
    pts, clock = watched(packets)
    assert pts == [0, 40, 80, 120, 160, None, None, None, 320, 360, 400, 440, 480]
    assert clock == FilmClock()


def test_packets_without_times_belong_to_the_piece_they_lie_in() -> None:
    packets = [*run(0, 3), picture(None), *run(-5000, 1), picture(None), *run(-4920, 2), picture(None, 0)]
    packets[-1].pts = -4840
    pts, clock = watched(packets)
    assert pts == [0, 40, 80, None, 120, None, 200, 240, 280]
    assert clock.restarts == (seconds(4000, -5000, 5120),)


def test_a_leap_of_pictures_and_sound_is_closed() -> None:
    def both(start: int, seconds: int) -> list[Any]:
        packets = [*run(start, seconds * 25), *(sound(at) for at in range(start, start + seconds * 1000, 20))]
        return sorted(packets, key=lambda packet: packet.pts)

    pts, clock = watched([*both(0, 2), *both(95_000_000, 2), *both(0, 2)])
    assert pts == [n * 40 for n in range(150)]
    assert [restart.start for restart in clock.restarts] == [95_000, 0]
    assert [restart.shift for restart in clock.restarts] == [-94_998, 4]


@pytest.mark.parametrize(("leap_seconds", "longest"), [(LEAP_SECONDS, 10_000), (LONGEST_PAUSE_SECONDS, 3_600_000)])
def test_a_pause_of_both_is_kept_up_to_a_length(leap_seconds: int, longest: int) -> None:
    assert watched([*run(0, 5), *run(160 + longest, 5)], leap_seconds)[1] == FilmClock()
    assert len(watched([*run(0, 5), *run(161 + longest, 5)], leap_seconds)[1].restarts) == 1


def test_what_an_index_says_is_believed() -> None:
    assert watched([*run(0, 5), *run(10**9, 5)], None)[1] == FilmClock()


@pytest.mark.parametrize("stream", [1, 2])
def test_a_pause_of_the_pictures_alone_is_kept(stream: int) -> None:
    sounds = [sound(at, stream=stream) for at in range(0, 60_000, 20)]
    packets = sorted([*run(0, 5), *run(50_000, 5), *sounds], key=lambda packet: packet.pts)
    pts, clock = watched(packets)
    assert pts == [0, 40, 80, 120, 160, 50_000, 50_040, 50_080, 50_120, 50_160]
    assert clock == FilmClock()


def test_sound_that_leaps_with_the_pictures_does_not_fill_the_leap() -> None:
    packets = [*run(0, 5), sound(0, 200), sound(50_000, 20), *run(50_000, 5)]
    assert len(watched(packets)[1].restarts) == 1


def test_pictures_that_do_not_say_how_long_they_last_lie_as_far_apart_as_those_before() -> None:
    """As in a browser's recording, whose rate FFmpeg can only guess."""
    watch, found = ClockWatch(MS, 1, leap_seconds=None), []
    for n, dts in enumerate((*range(0, 990, 33), *range(0, 990, 33))):
        found += [packet.pts for packet in watch.see(picture(dts, pos=n, duration=0))]
    assert found == [n * 33 for n in range(60)]


def test_slow_pictures_are_no_leaps() -> None:
    watch = ClockWatch(MS, 15_000, leap_seconds=LEAP_SECONDS)
    for n in range(10):
        assert [packet.pts for packet in watch.see(picture(n * 15_000, pos=n))] == [n * 15_000]
    assert watch.clock == FilmClock()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(2, 12), st.sampled_from([33, 40, 100])), max_size=5))
def test_joined_recordings_never_step_back_and_have_no_leaps(pieces: Sequence[tuple[int, int, int]]) -> None:
    packets = [packet for start, count, step in pieces for packet in run(start, count, step)]
    pts, clock = watched(packets)
    assert None not in pts
    steps = [after - before for before, after in pairwise(pts) if before is not None and after is not None]
    assert all(-200 <= step <= LEAP_SECONDS * 1000 for step in steps)
    assert [restart.position for restart in clock.restarts] == sorted({restart.position for restart in clock.restarts})
