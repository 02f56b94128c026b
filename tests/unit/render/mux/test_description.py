from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from dualface.film_clock import UNCHANGED, FilmClock, Restart
from dualface.render.mux.description import chapters, film_metadata

MS = Fraction(1, 1000)
LEAP = FilmClock((Restart(1000, Fraction(5000), Fraction(-4990)),))
"""From 10 s on the source's clock shows 5000 s."""


def source(*spans: tuple[int, int], base: Fraction | None = MS) -> Any:
    found = [
        {"id": n, "start": a, "end": b, "time_base": base, "metadata": {"title": f"{n}"}} for n, (a, b) in enumerate(spans)
    ]
    return SimpleNamespace(chapters=lambda: found)


def spans(found: list[Any]) -> list[tuple[str, int, int]]:
    return [(chapter["metadata"]["title"], chapter["start"], chapter["end"]) for chapter in found]


@pytest.mark.parametrize(
    ("clock", "origin", "end", "expected"),
    [
        (UNCHANGED, 0, None, [("0", 0, 4000), ("1", 4000, 9000)]),
        (UNCHANGED, 3, None, [("0", 0, 1000), ("1", 1000, 6000)]),
        (UNCHANGED, 4, None, [("1", 0, 5000)]),  # nothing of the first is left
        (UNCHANGED, 5, None, [("1", 0, 4000)]),  # the first was over when the film began
        (UNCHANGED, -2, None, [("0", 2000, 6000), ("1", 6000, 11_000)]),
        (UNCHANGED, 3, 4, [("0", 0, 1000)]),
        (UNCHANGED, 0, 5, [("0", 0, 4000), ("1", 4000, 5000)]),
    ],
)
def test_chapters_follow_the_film(clock: FilmClock, origin: int, end: int | None, expected: Any) -> None:
    found = chapters(source((0, 4000), (4000, 9000)), clock, Fraction(origin), None if end is None else Fraction(end))
    assert spans(found) == expected


def test_chapters_behind_a_leap_of_the_clock() -> None:
    found = chapters(source((1000, 9000), (9000, 5_002_000), (5_002_000, 5_004_000)), LEAP, Fraction(1), None)
    assert spans(found) == [("0", 0, 8000), ("1", 8000, 11_000), ("2", 11_000, 13_000)]


def test_chapters_in_whole_seconds() -> None:
    assert spans(chapters(source((1, 3), base=None), UNCHANGED, Fraction(1), None)) == [("0", 0, 2)]


def test_what_describes_the_old_file_is_left_behind() -> None:
    described = {
        "title": "Two people",
        "DURATION": "00:00:01",
        "encoder": "Lavf",
        "BPS-eng": "1",
        "_STATISTICS_TAGS": "x",
        "NUMBER_OF_FRAMES-eng": "3",
        "language": "kor",
    }
    assert film_metadata(described) == {"title": "Two people", "language": "kor"}
