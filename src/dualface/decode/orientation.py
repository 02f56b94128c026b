"""The display matrix that phones write: how to turn and mirror a picture to see it upright."""

from __future__ import annotations

import struct
from enum import Enum

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from dualface.decode.sidedata import side_data


class Orientation(Enum):
    """What makes a picture upright.

    ``filters`` are FFmpeg filters with their arguments; ``degrees`` the clockwise turn among them, mirroring aside;
    ``swaps_axes`` says whether width and height change places.
    """

    UPRIGHT = (0,)
    CLOCKWISE = (90, ("transpose", "clock"))
    HALF_TURN = (180, ("vflip", ""), ("hflip", ""))
    COUNTERCLOCKWISE = (270, ("transpose", "cclock"))
    MIRRORED = (0, ("hflip", ""))
    UPSIDE_DOWN = (180, ("vflip", ""))
    TRANSPOSED = (90, ("transpose", "cclock_flip"))
    TRANSVERSE = (270, ("transpose", "clock_flip"))

    def __init__(self, degrees: int, *filters: tuple[str, str]) -> None:
        self.degrees = degrees
        self.filters = filters
        self.swaps_axes = degrees in (90, 270)


def orientation_of(frame: VideoFrame) -> Orientation:
    """How to make ``frame`` upright, by its display matrix; other angles are taken as the nearest right angle."""
    try:
        data = side_data(frame, Type.DISPLAYMATRIX)
    except ValueError:
        return _from_counterclockwise_angle(frame.rotation)
    if data is None:
        return Orientation.UPRIGHT
    xx, xy, _, yx, yy, *_ = struct.unpack("=9i", data)
    return _from_matrix(xx, xy, yx, yy)


def _from_matrix(xx: int, xy: int, yx: int, yy: int) -> Orientation:
    """The matrix takes a pixel at (x, y) to (xx·x + yx·y, xy·x + yy·y), y down (libavutil/display.h)."""
    if abs(xx) + abs(yy) >= abs(xy) + abs(yx):
        straight = {
            (True, True): Orientation.UPRIGHT,
            (False, True): Orientation.MIRRORED,
            (True, False): Orientation.UPSIDE_DOWN,
            (False, False): Orientation.HALF_TURN,
        }
        return straight[xx >= 0, yy >= 0]
    turned = {
        (True, False): Orientation.CLOCKWISE,
        (False, True): Orientation.COUNTERCLOCKWISE,
        (True, True): Orientation.TRANSPOSED,
        (False, False): Orientation.TRANSVERSE,
    }
    return turned[xy >= 0, yx >= 0]


def _from_counterclockwise_angle(degrees: int) -> Orientation:
    turns = (Orientation.UPRIGHT, Orientation.COUNTERCLOCKWISE, Orientation.HALF_TURN, Orientation.CLOCKWISE)
    return turns[round(degrees / 90) % 4]
