"""Turns as other programs read them."""

from dualface.records.turn_files import csv_text, rttm_text
from dualface.types import Person, Talk, Turn

TURNS = [
    Turn(0.0, 2.0, Talk.LEFT, 0.9),
    Turn(2.0, 3.0, Talk.BOTH, 0.8),
    Turn(3.0, 4.5, Talk.RIGHT, 1.0),
    Turn(4.5, 6.0, Talk.NOBODY, 1.0),
    Turn(6.0, 7.0, Talk.OFF, 0.7),
]


def test_rttm_has_a_line_for_each_stretch_of_each_speaker() -> None:
    assert rttm_text(TURNS, "my talk", {Person.LEFT: "Ann Lee", Person.RIGHT: ""}).splitlines() == [
        "SPEAKER my_talk 1 0.000 3.000 <NA> <NA> Ann_Lee 0.80 <NA>",
        "SPEAKER my_talk 1 2.000 2.500 <NA> <NA> right 0.80 <NA>",
        "SPEAKER my_talk 1 6.000 1.000 <NA> <NA> off 0.70 <NA>",
    ]
    assert rttm_text([], "talk", {}) == ""


def test_csv_has_all_turns() -> None:
    assert csv_text(TURNS[:2] + TURNS[3:4], {Person.LEFT: "Lee, Ann", Person.RIGHT: "Bob"}).splitlines() == [
        "start,end,speaker,name,confidence",
        '0.000,2.000,left,"Lee, Ann",0.90',
        '2.000,3.000,both,"Lee, Ann & Bob",0.80',
        "4.500,6.000,nobody,,1.00",
    ]
