"""What speaks for a tracklet's being somebody's, in natural logarithms of odds, so that it can be added up."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dualface.direct.identity.clusters import Somebody
from dualface.direct.identity.pairs import Pairs
from dualface.likeness import Appearance, Pose, clothes_likeness, other_clothes
from dualface.types import Person

_LEAST_CROWD = 0.1
"""However few others are seen, a face may be somebody else's so often."""
_FRONTAL = (1.8, 9.0, -8.0, 4.0)
"""What frontal views are worth: at the threshold, for each unit above it, at least and at most."""
_PROFILE = (0.3, 1.5, -2.0, 2.0)
_CLOTHES = (0.8, 10.0, -3.0, 1.5)
"""What clothes are worth where frontal views can't be compared: the likeness at which they tell nothing, for each unit of it
more, at least and at most.
"""
_OTHER_LIGHT = -1.5
"""What clearly other clothes are worth where frontal views are not quite alike: other light may have changed both."""
_LOOKS_THERE, _LOOKS_AWAY, _TURNED = 0.5, 0.9, 0.15
"""What it is worth that somebody looks to the side to which one always looks, and to the other, if both clearly do."""
_HELD = 0.5
"""What it is worth that it was taken for this person while the video was watched."""


def evidence(k: int, people: Mapping[Person, Somebody], pairs: Pairs, *, crowd: float = 0.0) -> dict[Person, float]:
    """The odds for calling a tracklet each person's, against a passer-by's, by what is seen of it alone.

    ``crowd``: share of others among those who are seen, 0…1.
    """
    tracklet = pairs.tracklets[k]
    others = _LEAST_CROWD + (1 - 2 * _LEAST_CROWD) * crowd
    before = math.log((1 - others) / others)
    odds: dict[Person, float] = {}
    for person, who in people.items():
        odds[person] = before + by_face(k, who, pairs) + _by_bearing(tracklet.turn, who.turn)
        odds[person] += _by_clothes(tracklet.appearance, who.appearance, pairs.nearest(k, who.members, Pose.FRONTAL))
        if 2 * tracklet.held.get(person, 0.0) > tracklet.seconds:
            odds[person] += _HELD
    return odds


def by_face(k: int, who: Somebody, pairs: Pairs) -> float:
    """What a tracklet's face tells, pose by pose; a single look of either tells less."""
    odds = 0.0
    mine = pairs.tracklets[k].appearance
    for pose in Pose:
        alike = pairs.nearest(k, who.members, pose)
        if alike is not None:
            his = who.appearance.count(pose) - (mine.count(pose) if k in who.members else 0.0)
            looks = min(mine.count(pose), his)
            odds += looks / (looks + 1) * _worth(alike, pose)
    return odds


def _worth(alike: float, pose: Pose) -> float:
    at, slope, least, most = _FRONTAL if pose is Pose.FRONTAL else _PROFILE
    return min(max(at + slope * alike, least), most)


def _by_clothes(a: Appearance, b: Appearance, face: float | None) -> float:
    """``face``: how alike their frontal views are."""
    alike = clothes_likeness(a, b)
    if alike is None:
        return 0.0
    if face is None:
        nothing, slope, least, most = _CLOTHES
        return min(max(slope * (alike - nothing), least), most)
    return _OTHER_LIGHT if face < 0 and other_clothes(a, b) else 0.0


def _by_bearing(a: float, b: float) -> float:
    agree = math.tanh(a / _TURNED) * math.tanh(b / _TURNED)
    return agree * (_LOOKS_THERE if agree > 0 else _LOOKS_AWAY)


def of_two(a: Somebody, b: Somebody, pairs: Pairs) -> float:
    """The odds for two people's being different, not one seen from two sides; infinite where they are seen together."""
    block = [(i, j) for i in a.members for j in b.members]
    rows, columns = [i for i, _ in block], [j for _, j in block]
    if pairs.together[rows, columns].sum() > 0:
        return math.inf
    odds = -_by_bearing(a.turn, b.turn)
    faces: dict[Pose, float] = {}
    for pose in Pose:
        known = [value for value in pairs.alike[pose][rows, columns].tolist() if value == value]
        if known:
            faces[pose] = sum(known) / len(known)
            odds -= _worth(faces[pose], pose)
    return odds - _by_clothes(a.appearance, b.appearance, faces.get(Pose.FRONTAL))
