"""The summary tells who spoke when, counted from the film's first picture."""

from dualface.types import Speech, Talk
from dualface.video.talking import Talking

LEFT, NOBODY = Speech(Talk.LEFT, 0.9), Speech(Talk.NOBODY, 1.0)


def test_turns_and_shares_from_the_first_picture() -> None:
    talking = Talking()
    for n in range(41):
        talking.add(100 + n / 10, LEFT if n < 30 else NOBODY)
    told = talking.as_dict()
    assert told is not None
    assert told["turns"] == [[0.0, 3.0, "left", 0.9], [3.0, 4.0, "nobody", 1.0]]
    assert told["shares"]["left"] == 0.75
    assert told["confidence"] == 0.9
    assert not talking.silent


def test_nobody_asked_is_not_nobody_spoke() -> None:
    unasked, silent = Talking(), Talking()
    for n in range(3):
        unasked.add(n / 10, None)
        silent.add(n / 10, NOBODY)
    assert unasked.as_dict() is None
    assert not unasked.silent
    assert silent.silent
