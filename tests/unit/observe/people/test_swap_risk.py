"""Every way in which two people can be exchanged raises the risk, and quiet footage doesn't."""

from dualface.observe.people.swap_risk import IDSwapDetector, Reason, SwapRisk, TrackHistory
from dualface.types import Box, Track, TrackState


def track(ident: int, x: float, size: float = 100, velocity: tuple[float, float] = (0, 0), *, seen: bool = True) -> Track:
    return Track(ident, Box(x, 100, size, size), 0.9, TrackState.TRACKED if seen else TrackState.LOST, velocity=velocity)


def assess(frames: list[list[Track]], **of_last: object) -> SwapRisk:
    """The risk in the last frame."""
    risks, history = IDSwapDetector(fps=30), TrackHistory()
    for n, tracks in enumerate(frames[:-1]):
        risks.assess_risk(tracks, history, n)
        history.note(tracks, n)
    for name, value in of_last.items():
        setattr(history, name, value)
    return risks.assess_risk(frames[-1], history, len(frames) - 1)


QUIET = [track(1, 100), track(2, 600)]


def test_two_quiet_seats_are_no_risk() -> None:
    risk = assess([QUIET] * 10)
    assert risk == SwapRisk(False, 0.0, frozenset())


def test_walking_is_no_risk() -> None:
    frames = [[track(1, 100 + 12 * n, velocity=(360, 0)), track(2, 900)] for n in range(10)]
    assert not assess(frames).requires_reid


def test_a_cut_is() -> None:
    assert assess([QUIET] * 3, cut=True).reasons == {Reason.CUT}


def test_overlapping_faces_are_and_so_are_those_that_just_parted() -> None:
    near = [track(1, 100), track(2, 180)]
    assert Reason.NEAR in assess([QUIET, near]).reasons
    assert assess([near, near, [track(1, 100), track(2, 210)]]).reasons == {Reason.NEAR}


def test_a_new_face_is_unless_it_is_far_away() -> None:
    assert assess([QUIET, [*QUIET, track(3, 350)]]).reasons == {Reason.BORN}
    assert not assess([QUIET, [*QUIET, track(3, 350, size=30)]]).requires_reid


def test_a_face_found_again_is() -> None:
    lost = [track(1, 100), track(2, 600, seen=False)]
    assert assess([QUIET, *[lost] * 8, QUIET]).reasons == {Reason.FOUND}
    assert not assess([QUIET, lost, lost, QUIET]).requires_reid, "a flicker of the detector is none"


def test_a_jump_that_motion_cannot_explain_is() -> None:
    assert assess([QUIET, [track(1, 190), track(2, 600)]]).reasons == {Reason.JUMP}


def test_another_picture_at_the_same_place_is() -> None:
    assert assess([QUIET, QUIET], changed={1: 0.8}).reasons == {Reason.APPEARANCE}
    assert not assess([QUIET, QUIET], changed={1: 0.2}).requires_reid


def test_reasons_add_up_and_are_counted() -> None:
    risks, history = IDSwapDetector(fps=30), TrackHistory(cut=True)
    risk = risks.assess_risk(QUIET, history, 0)
    assert risk.requires_reid
    assert risk.risk_score == 1.0
    assert risks.counts == {Reason.CUT: 1, Reason.BORN: 1}


def test_a_walker_unseen_for_a_moment_has_not_jumped() -> None:
    """In four frames he gets four times as far as in one."""
    hidden = [track(1, 100, velocity=(900, 0), seen=False)]
    assert assess([[track(1, 100, velocity=(900, 0))], *[hidden] * 3, [track(1, 220, velocity=(900, 0))]]).reasons == set()
    assert assess([[track(1, 100)], *[hidden] * 3, [track(1, 220)]]).reasons == {Reason.JUMP}
