"""What speaks for two sightings being of one person, in natural logarithms of odds, so that it can be added up.

The numbers were read off pairs of tracklets of real footage, and rounded; see ``docs/identity.md``.
"""

from __future__ import annotations

import math

from dualface.likeness import Appearance, Pose, clothes_likeness, other_clothes

_LEAST_CROWD = 0.07
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
BESIDE = 0.7
"""What it is worth to be the only other face beside one of the two: there is only one left to be."""
REVERSE = 1.0
"""What it is worth, of somebody alone after a cut, not to be the one who was alone before it."""


def before(crowd: float) -> float:
    """The odds that a face is one certain person's of the two, when ``crowd``, 0…1, is the share of others among those seen."""
    others = _LEAST_CROWD + (1 - 2 * _LEAST_CROWD) * crowd
    return math.log((1 - others) / 2 / others)


def by_face(alike: float, pose: Pose, looks: float = math.inf) -> float:
    """What a face tells that is ``alike`` by so many units above the threshold; of few ``looks`` it tells less."""
    at, slope, least, most = _FRONTAL if pose is Pose.FRONTAL else _PROFILE
    return (1 - 1 / (looks + 1)) * min(max(at + slope * alike, least), most)


def by_clothes(a: Appearance, b: Appearance, face: float | None) -> float:
    """What clothes tell; ``face``: how alike the frontal views are, ``None`` where they can't be compared."""
    alike = clothes_likeness(a, b)
    if alike is None:
        return 0.0
    if face is None:
        nothing, slope, least, most = _CLOTHES
        return min(max(slope * (alike - nothing), least), most)
    return _OTHER_LIGHT if face < 0 and other_clothes(a, b) else 0.0


def by_bearing(a: float, b: float) -> float:
    """What it tells where two look; ``a`` and ``b`` as :func:`~dualface.likeness.turn_of` has them."""
    agree = math.tanh(a / _TURNED) * math.tanh(b / _TURNED)
    return agree * (_LOOKS_THERE if agree > 0 else _LOOKS_AWAY)
