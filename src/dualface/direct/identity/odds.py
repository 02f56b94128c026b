"""What speaks for a tracklet's being somebody's, and for two people's being two; in natural logarithms of odds."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dualface import evidence
from dualface.direct.identity.clusters import Somebody
from dualface.direct.identity.pairs import Pairs
from dualface.likeness import Pose
from dualface.types import Person

_HELD = 0.5
"""What it is worth that a face was taken for this person while the video was watched."""

_SHOTS = 2.0
"""Where people look over many shots tells more than where they look in one."""


def of_names(k: int, people: Mapping[Person, Somebody], pairs: Pairs, *, crowd: float = 0.0) -> dict[Person, float]:
    """The odds for calling a tracklet each person's, against a passer-by's, by what is seen of it alone.

    ``crowd``: share of others among those who are seen, 0…1.
    """
    tracklet = pairs.tracklets[k]
    odds: dict[Person, float] = {}
    for person, who in people.items():
        frontal = pairs.nearest(k, who.members, Pose.FRONTAL)
        odds[person] = evidence.before(crowd) + of_face(k, who, pairs) + evidence.by_bearing(tracklet.turn, who.turn)
        odds[person] += evidence.by_clothes(tracklet.appearance, who.appearance, frontal)
        if tracklet.taken_for is person:
            odds[person] += _HELD
    return odds


def of_face(k: int, who: Somebody, pairs: Pairs) -> float:
    """What a tracklet's face tells, pose by pose; few looks at either tell less."""
    odds = 0.0
    mine = pairs.tracklets[k].appearance
    for pose in Pose:
        alike = pairs.nearest(k, who.members, pose)
        if alike is not None:
            his = who.appearance.count(pose) - (mine.count(pose) if k in who.members else 0.0)
            odds += evidence.by_face(alike, pose, min(mine.count(pose), his))
    return odds


def of_two(a: Somebody, b: Somebody, pairs: Pairs, *, by_bearing: bool = False) -> float:
    """The odds for two people's being different, not one seen from two sides; infinite where they are seen together.

    ``by_bearing``: where they look counts too, as it does for two who talk to each other.
    """
    block = [(i, j) for i in a.members for j in b.members]
    rows, columns = [i for i, _ in block], [j for _, j in block]
    if pairs.together[rows, columns].sum() > 0:
        return math.inf
    same = _SHOTS * evidence.by_bearing(a.turn, b.turn) if by_bearing else 0.0
    frontal: float | None = None
    for pose in Pose:
        known = [value for value in pairs.alike[pose][rows, columns].tolist() if not math.isnan(value)]
        if known:
            alike = sum(known) / len(known)
            same += evidence.by_face(alike, pose)
            frontal = alike if pose is Pose.FRONTAL else frontal
    return -same - evidence.by_clothes(a.appearance, b.appearance, frontal)
