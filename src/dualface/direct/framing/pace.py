"""How a camera's time is divided: the look-ahead, the smoothing kernel, the pauses; and how far it lets a person stray."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

BRIDGE_SECONDS = 0.3
"""Gaps in seeing up to this long are bridged; also half the span of the running median."""
LAG_SECONDS = 0.25
"""How far a path may lag behind its person where the look-ahead is too short for the kernel."""
PICTURE_SECONDS = 0.5
"""No picture, tracked or fallback, is shown for less than this within one shot, where the look-ahead allows."""


@dataclass(frozen=True, slots=True)
class Pace:
    """All spans in frames.

    A camera's look-ahead is ``bridge + ahead``: an observation is settled once ``bridge`` later frames are known, a view
    once the aims of ``ahead`` more are.  ``kernel`` holds the weights of the path's moving average, which reaches ``reach``
    frames into the future.  ``radius`` is the dead zone's, as a share of the crop's size.  ``still`` and ``settled`` are
    spans of quiet (see :class:`~dualface.direct.framing.dead_zone.DeadZone`), ``sizes`` is that of the running median of sizes,
    ``picture`` the least duration of a picture.  A camera whose person gets out of sight while walking keeps the share
    ``coast`` of its speed from frame to frame.  ``zoom`` is the fastest change of the size, as a share a frame.
    """

    bridge: int
    ahead: int
    reach: int
    kernel: tuple[float, ...]
    radius: float
    still: int
    settled: int
    sizes: int
    picture: int
    coast: float
    zoom: float


def plan_pace(fps: float, *, smoothing: float, lookahead_seconds: float) -> Pace:
    """``smoothing`` from 0 (follows closely) over 0.5 (as an operator would) to 1 (hardly moves)."""
    lookahead = round(lookahead_seconds * fps)
    wanted = 0.2 * 5.0**smoothing * fps
    bridge = min(round(BRIDGE_SECONDS * fps), max(lookahead - round(wanted), lookahead // 4))
    ahead = lookahead - bridge
    half = max(round(min(wanted, ahead + LAG_SECONDS * fps)), 1)
    return Pace(
        bridge=bridge,
        ahead=ahead,
        reach=min(half, ahead),
        kernel=trapezoid(2 * half + 1),
        radius=0.018 * 11.0**smoothing,
        still=round(0.8 * fps),
        settled=round(3.0 * fps),
        sizes=round(3.0 * fps),
        picture=min(round(PICTURE_SECONDS * fps), lookahead),
        coast=exp(-1 / (0.4 * fps)),
        zoom=0.1 / fps,
    )


def trapezoid(count: int) -> tuple[float, ...]:
    """``count`` positive weights that sum to 1: flat in the middle third, rising and falling evenly beside it.

    It is one moving average after another, twice as long one, so the average of any bounded signal has bounded acceleration.
    Of a step, and of somebody who turns back, that is three quarters of what a raised cosine of this length leaves: where a
    position changes the steepest weights count, where a speed does the greatest.
    """
    short = max(round((count + 1) / 3), 1)
    long = count + 1 - short
    return tuple(min(k + 1, short, count - k) / (short * long) for k in range(count))
