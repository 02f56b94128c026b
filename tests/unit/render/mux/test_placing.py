"""Sound in packets of 20 ms, times in milliseconds; the film's pictures go from 0 to 10 s unless said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.film_clock import FilmClock, Restart
from dualface.render.mux.placing import Heard, Place, Placing, Surroundings, nearest

MS = Fraction(1, 1000)
STEP = 20


def heard(start: int | None, name: Any = None, length: int = STEP, lead: int = 0) -> Heard:
    return Heard(start if name is None else name, None if start is None else start * MS, length * MS, lead * MS)


def place(*shifts: int, around: int | None = None, joint: int | None = None) -> Place:
    return Place(
        tuple(shift * MS for shift in shifts or (0,)),
        None if around is None else around * MS,
        None if joint is None else joint * MS,
    )


def placed(placing: Placing, packets: Iterable[tuple[Heard, Place]]) -> list[tuple[Any, int]]:
    """Packets and their times in ms, in the order in which they come out."""
    found = [one for packet, where in packets for one in placing.push(packet, where)]
    return [(packet, int(time / MS)) for packet, time in [*found, *placing.flush()]]


def times(placing: Placing, starts: Sequence[int | None], where: Place | None = None) -> list[int]:
    """Of packets that all lie at the same place in the file."""
    return [time for _, time in placed(placing, [(heard(start), where or place()) for start in starts])]


@pytest.fixture
def placing() -> Placing:
    return Placing(Fraction(0), Fraction(10))


def test_times_that_go_on_are_kept(placing: Placing) -> None:
    starts = [-20, 0, 20, 40, 61, 80]
    assert times(placing, starts) == starts
    assert sum(placing.strays) + placing.late + placing.overlap == 0
    assert placing.end == Fraction(1, 10)


def test_sound_may_begin_long_before_the_first_picture() -> None:
    starts = list(range(0, 6_000, STEP))
    assert times(Placing(Fraction(5), Fraction(10)), starts) == starts


@pytest.mark.parametrize("where", [place(), place(around=100)])
def test_a_gap_of_the_sound_stays(placing: Placing, where: Place) -> None:
    assert times(placing, [0, 20, 3000, 3020], where) == [0, 20, 3000, 3020]
    assert placing.strays == []


def test_sound_may_go_on_for_long_after_the_last_picture(placing: Placing) -> None:
    starts = list(range(0, 60_000, STEP))
    assert times(placing, starts, place(around=9_960)) == starts
    assert placing.strays == []


def test_sound_without_times_follows_the_sound_before(placing: Placing) -> None:
    assert times(placing, [100, None, None, 160]) == [100, 120, 140, 160]


def test_first_sound_without_times_lies_before_the_first_that_has_one(placing: Placing) -> None:
    assert times(placing, [None, None, 500, 520]) == [460, 480, 500, 520]


def test_sound_that_never_has_times_begins_with_the_film() -> None:
    assert times(Placing(Fraction(3), Fraction(10)), [None, None]) == [3000, 3020]


class TestJoints:
    def joined(self, *, first_end: int, second_start: int) -> list[tuple[Heard, Place]]:
        """Two recordings of 10 s; the sound of the first goes on up to ``first_end``, that of the second begins there."""
        one = [(heard(n, f"a{n}"), place(0, 10_000, around=min(n, 9_960), joint=10_000)) for n in range(9_000, first_end, STEP)]
        end = second_start + 1000
        return one + [(heard(n, f"b{n}"), place(10_000, 0, around=10_000 + max(n, 0))) for n in range(second_start, end, STEP)]

    @pytest.fixture
    def placing(self) -> Placing:
        return Placing(Fraction(0), Fraction(20))

    def test_sound_behind_a_joint_goes_on_there(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=10_000, second_start=0)))
        assert found == {f"a{n}": n for n in range(9_000, 10_000, STEP)} | {f"b{n}": 10_000 + n for n in range(0, 1000, STEP)}
        assert sum(placing.strays) + placing.overlap == 0

    def test_what_an_encoder_put_before_the_sound_makes_room(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=10_000, second_start=-20)))
        assert "b-20" not in found
        assert (found["a9980"], found["b0"]) == (9_980, 10_000)

    def test_sound_behind_the_last_picture_makes_room_for_that_of_the_next_pictures(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=10_500, second_start=0)))
        assert max(time for name, time in found.items() if name.startswith("a")) == 9_980
        assert [found[f"b{n}"] for n in (0, 20, 400)] == [10_000, 10_020, 10_400]
        assert placing.overlap == Fraction(1, 2)
        assert placing.strays == []

    def test_sound_behind_the_last_picture_stays_where_there_is_room(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=10_500, second_start=300)))
        assert max(time for name, time in found.items() if name.startswith("a")) == 10_280
        assert found["b300"] == 10_300
        assert placing.overlap == Fraction(1, 5)

    def test_sound_that_ended_before_the_joint_goes_on_behind_it(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=9_400, second_start=0)))
        assert (found["a9380"], found["b0"]) == (9_380, 10_000)

    def test_sound_at_the_end_is_not_forgotten(self, placing: Placing) -> None:
        found = dict(placed(placing, self.joined(first_end=10_500, second_start=0)[:75]))
        assert found == {f"a{n}": n for n in range(9_000, 10_500, STEP)}

    def test_sound_that_goes_on_while_only_the_pictures_restart(self, placing: Placing) -> None:
        """Its place in the file is behind the restart, its own clock goes on."""
        packets = [(heard(n), place(0, 5_000, around=n, joint=10_000)) for n in range(9_000, 10_200, STEP)]
        packets += [(heard(n), place(5_000, 0, around=n)) for n in range(10_200, 12_000, STEP)]
        assert [time for _, time in placed(placing, packets)] == list(range(9_000, 12_000, STEP))
        assert sum(placing.strays) + placing.overlap == 0

    def test_sound_whose_clock_seems_to_go_on_follows_the_pictures(self, placing: Placing) -> None:
        """The sound of the first recording ended at 3 s; that of the second begins where its clock shows 3 s, too."""
        packets = [(heard(n), place(0, 7_000, around=n, joint=10_000)) for n in (2_960, 2_980)]
        packets += [(heard(n), place(7_000, 0, around=10_000)) for n in (3_000, 3_020)]
        assert [time for _, time in placed(placing, packets)] == [2_960, 2_980, 10_000, 10_020]

    def test_sound_stored_before_the_pictures_it_belongs_to(self, placing: Placing) -> None:
        packets = [(heard(n), place(0, 10_000, around=9_960, joint=10_000)) for n in (9_960, 9_980)]
        packets += [(heard(n), place(0, 10_000, around=9_960, joint=10_000)) for n in (0, 20)]
        packets += [(heard(n), place(10_000, 0, around=10_000)) for n in (40, 60)]
        assert [time for _, time in placed(placing, packets)] == [9_960, 9_980, 10_000, 10_020, 10_040, 10_060]


class TestClocksGoneAstray:
    @pytest.mark.parametrize("around", [None, 100])
    def test_a_leap_out_of_the_film_is_closed(self, placing: Placing, around: int | None) -> None:
        where = place(around=around)
        assert times(placing, [60, 80, 20_000_100, 20_000_120, 20_000_140], where) == [60, 80, 100, 120, 140]
        assert placing.strays == [Fraction(1, 10)]

    def test_a_leap_within_the_film_is_closed_where_sound_and_pictures_lie_together(self) -> None:
        placing = Placing(Fraction(0), Fraction(600))
        packets = [(heard(n), place(around=n)) for n in (0, 20)]
        packets += [(heard(n + 300_000), place(around=n)) for n in (40, 60)]
        assert [time for _, time in placed(placing, packets)] == [0, 20, 40, 60]
        assert placing.strays == [Fraction(40, 1000)]

    def test_one_wild_time_moves_no_other(self, placing: Placing) -> None:
        packets = [(heard(wild or n, n), place(around=n)) for n, wild in ((0, 0), (20, 0), (40, 10**9), (60, 0), (80, 0))]
        assert placed(placing, packets) == [(0, 0), (20, 20), (40, 40), (60, 60), (80, 80)]

    def test_a_step_back_goes_on_without_a_gap(self, placing: Placing) -> None:
        packets = [(heard(n), place(around=n)) for n in range(3000, 4000, STEP)]
        packets += [(heard(n - 1500), place(around=n)) for n in range(4000, 5000, STEP)]
        assert [time for _, time in placed(placing, packets)] == list(range(3000, 5000, STEP))
        assert placing.strays == [4]

    def test_slight_disorder_is_kept(self, placing: Placing) -> None:
        assert times(placing, [0, 20, 15, 60, 40, 80]) == [0, 20, 15, 60, 40, 80]

    def test_sound_that_lies_apart_from_the_pictures_in_the_file_is_believed(self) -> None:
        """All sound behind all pictures: what lies around says nothing of when it is heard, gaps included."""
        placing = Placing(Fraction(0), Fraction(600))
        where = place(around=599_960)
        assert times(placing, [0, 20, 90_000, 90_020, 500_000], where) == [0, 20, 90_000, 90_020, 500_000]
        assert placing.strays == []


class TestAbsurdOffsets:
    def test_sound_that_begins_when_the_film_is_over_is_brought_to_its_beginning(self) -> None:
        placing = Placing(Fraction(5), Fraction(15))
        packets = [(heard(n + 100_000_000, n, lead=20 if n == 0 else 0), place(around=14_960)) for n in (0, 20, 40)]
        assert placed(placing, packets) == [(0, 4_980), (20, 5_000), (40, 5_020)]
        assert placing.late == 100_000 - 5 + Fraction(20, 1000)

    def test_sound_that_begins_a_little_after_the_film_is_left_there(self, placing: Placing) -> None:
        assert times(placing, [19_000, 19_020]) == [19_000, 19_020]
        assert placing.late == 0

    def test_nothing_is_brought_back_where_the_pictures_broke_off(self) -> None:
        placing = Placing(Fraction(0), None)
        assert times(placing, [70_000, 70_020]) == [70_000, 70_020]
        assert placing.late == 0

    def test_an_offset_is_added_to_all_times(self) -> None:
        placing = Placing(Fraction(100_000), Fraction(100_010), Fraction(100_000))
        assert times(placing, [0, 20, 40]) == [100_000_000, 100_000_020, 100_000_040]


def packet(stream: int, pos: int | None, dts: int | None = 0) -> Any:
    return SimpleNamespace(stream_index=stream, pos=pos, dts=dts, pts=dts, time_base=MS)


def test_surroundings_are_told_by_the_place_in_the_file() -> None:
    surroundings = Surroundings(FilmClock((Restart(1000, Fraction(0), Fraction(8)),)))
    assert surroundings.place(packet(1, 10)) == Place((Fraction(0), Fraction(8)), None, Fraction(8))
    surroundings.pass_by(packet(0, 500, 7_000))
    assert surroundings.place(packet(1, None)) == Place((Fraction(0), Fraction(8)), Fraction(7), Fraction(8))
    surroundings.pass_by(packet(0, 1000, 40))
    surroundings.pass_by(packet(0, 1200, None))
    assert surroundings.place(packet(1, 1100)) == Place((Fraction(8), Fraction(0)), Fraction(8) + 40 * MS, None)
    assert surroundings.place(packet(1, None)) == Place((Fraction(8), Fraction(0)), Fraction(8) + 40 * MS, None)


def test_words_are_shown_with_the_pictures_around_them() -> None:
    assert nearest(Fraction(1), place(0, 8_000, around=8_900)) == 9
    assert nearest(Fraction(1), place(0, 8_000, around=900)) == 1
    assert nearest(Fraction(1), place(8_000, 0)) == 9


steps = st.integers(-(10**6), -201) | st.integers(10_001, 10**6)


@settings(max_examples=20, deadline=None)
@given(st.lists(steps, max_size=3), st.integers(-1500, 1500))
def test_joined_sound_is_in_sync_in_every_piece(steps: list[int], skew: int) -> None:
    """Pieces of 2 s whose clocks step anywhere; sound lies up to 1.5 s before or behind its pictures in the file."""
    film, packets = 2_000 * (1 + len(steps)), []
    starts = list(accumulate(steps, lambda start, step: start + 2_000 + step, initial=0))
    begins = [(piece * 2_000, start) for piece, start in enumerate(starts)]
    clock = FilmClock(tuple(Restart(begin, start * MS, (begin - start) * MS) for begin, start in begins[1:]))
    for at in range(0, film, STEP):
        around = min(max(at + skew, 0), film - 40)
        where = Place(clock.shifts_near(around), around * MS, clock.joint_after(around))
        packets.append((heard(starts[at // 2_000] + at % 2_000, at), where))
    placing = Placing(Fraction(0), film * MS)
    assert placed(placing, packets) == [(at, at) for at in range(0, film, STEP)]
    assert placing.strays == []
