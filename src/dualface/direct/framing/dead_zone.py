"""The dead zone of a virtual camera, for one of its coordinates."""

from __future__ import annotations

from math import inf

OFF_CENTRE = 0.5
"""Offset that is put right once the value has settled there, as a share of the dead zone's radius."""


class DeadZone:
    """Turns a wandering value into one that either rests, exactly, or follows.

    It rests while the value stays within a radius around it; it follows, without a lag, once the value has left, until the
    value is quiet again.  So a rest begins with the person centred, unlike with a plain backlash.  A value that has settled
    noticeably off the rest makes it follow too.  The corners of the result are for a smoothing kernel to round off; the two
    together give the constant and the linear segments, joined by parabolas, of which Grundmann, Kwatra and Essa compose
    camera paths ("Auto-directed video stabilization with robust L1 optimal camera paths", CVPR 2011), after the rules of
    Gleicher and Liu ("Re-cinematography", 2008): a camera is still or moves with a purpose.
    """

    __slots__ = ("position", "quiet", "reference", "resting")

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, value: float) -> None:
        """Rests at ``value``."""
        self.position = self.reference = value
        self.quiet = 0
        self.resting = True

    def follow(self, value: float, radius: float, tolerance: float, quiet: tuple[int, int], *, speed: float = inf) -> None:
        """One frame.

        The value is quiet while it strays no more than ``tolerance``.  ``quiet`` are two numbers of quiet frames: after the
        first a movement ends, after the second a rest off the centre is put right.  The position moves by ``speed`` a frame
        at most.
        """
        still, settled = quiet
        if abs(value - self.reference) > tolerance:
            self.reference, self.quiet = value, 0
        else:
            self.quiet += 1
        offset = abs(value - self.position)
        if self.resting and (offset > radius or (offset > OFF_CENTRE * radius and self.quiet >= settled)):
            self.resting = False
        if not self.resting:
            self.position += min(max(value - self.position, -speed), speed)
            self.resting = self.quiet >= still and self.position == value
