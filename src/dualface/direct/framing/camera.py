"""A virtual camera: a steady crop of the source around one person.

It works in three steps, each some frames behind the one before, so that every step knows its future:

1. :meth:`TileCamera.see` takes what was measured; :meth:`TileCamera.steady` makes of it, ``bridge`` frames later, a robust
   estimate of where the person is.
2. :meth:`TileCamera.think` puts that through a dead zone; :meth:`TileCamera.plan` makes it a crop inside the source.
3. :meth:`TileCamera.view`, ``ahead`` frames later, averages the planned crops with a smooth kernel: the camera starts to
   move before its person leaves the dead zone and arrives without overshoot.  An average of crops that lie inside the
   source lies inside too, so the camera also comes smoothly to a stop at the source's border.

That a camera rests or moves with a purpose, and looks ahead to do so, is after Grundmann, Kwatra and Essa ("Auto-directed
video stabilization with robust L1 optimal camera paths", CVPR 2011) and Liu and Gleicher ("Video retargeting: automating
pan and scan", ACM Multimedia 2006).
"""

from __future__ import annotations

from dataclasses import replace
from operator import mul
from typing import Literal, NamedTuple

from dualface.direct.framing.aim import Aim, CameraTarget, aim_at
from dualface.direct.framing.camera_frames import CameraFrame, CameraFrames
from dualface.direct.framing.dead_zone import DeadZone
from dualface.direct.framing.neighbours import ANYWHERE, Free
from dualface.direct.framing.pace import PICTURE_SECONDS, Pace
from dualface.direct.framing.robust import median, resistant_lines
from dualface.direct.framing.room import Room
from dualface.direct.framing.tile_state import TileStates
from dualface.types import Crop, Fill, TileState

FAR, SUDDEN = 0.4, 0.3
"""Distances, as shares of the crop, that are jumped instead of panned: after a gap in seeing, and from frame to frame."""
NEARBY = 0.35
"""A person who comes into sight again no farther off is still inside the picture: the camera may turn to him beforehand."""
NEIGHBOUR = 0.3
"""The dead zone's radius at most, as a share of the distance to the other person."""
TOLERANCE, SIZE_TOLERANCE = 0.0125, 0.015
"""How far a person who keeps still may seem to move, as a share of the crop, and to grow, as a share of the face."""
SIZE_RADIUS, SIZE_SLACK = 0.06, 0.8
"""The dead zone of the size, as a share of the face: a constant, and one for each unit of the dead zone of the position."""
SIZE_SAMPLES = 30
"""Observations that are enough for a median of sizes."""
SMALLEST = 0.15
"""The smallest crop, as a share of the largest: enlarging more shows nothing but blur."""
LEAST_SPEED = 2e-4
"""Share of the crop per frame below which a coasting camera rests."""

Away = Literal["hold", "fit", "blur", "card"]
"""What a tile shows while its person is away for long: the last framing, the whole scene in one way or another, a card."""
_FILLS = {"fit": Fill.BARS, "blur": Fill.BLUR, "card": Fill.CARD}


class View(NamedTuple):
    """What one tile shows in one frame."""

    crop: Crop
    state: TileState
    track_id: int | None
    fill: Fill


class TileCamera:
    """The camera of one tile.  Frames are named by their index, counted from 0 by :meth:`see`."""

    def __init__(self, room: Room, pace: Pace, *, hold_seconds: float, away: Away) -> None:
        self._frame_room = self._room = room
        self._pace, self._away = pace, _FILLS.get(away, Fill.BARS)
        self._hold = float("inf") if away == "hold" else max(hold_seconds, PICTURE_SECONDS)
        self._frames = CameraFrames()
        self._states = TileStates(self._hold, pace.picture)
        self._x, self._y, self._size = DeadZone(), DeadZone(), DeadZone()
        self.framed = False  # whether the person was seen in this shot
        self._crop_height = room.largest
        self._drift = self._velocity = 0.0  # the person's speed and the camera's, pixels a frame
        self._shot = self._shown_shot = self._run = -1
        self.start = 0  # the run's first frame
        self._wait = 0
        self._lost = False
        self._last_seen, self._aimed_time = -1, 0.0

    @property
    def size(self) -> float:
        """Height of the person's face, in source pixels, as the camera takes it; valid while ``framed``."""
        return self._size.position

    @property
    def largest(self) -> float:
        """Height of the largest crop that there is room for."""
        return self._room.largest

    def see(self, target: CameraTarget | None, *, time: float, shot: int, there: bool = False) -> None:
        """Step 1a, for the next frame: takes the target and bridges a short gap before it."""
        aim = aim_at(target, self._frame_room.bounds)
        track_id = target.track_id if target is not None and aim is not None else None
        within = target.within if target is not None else None
        self._frames.append(CameraFrame(time, shot, track_id, aim, seen=aim is not None, there=there, within=within))
        if aim is not None:
            self._bridge(self._last_seen, self._frames.end - 1, aim)
            self._last_seen = self._frames.end - 1

    def _bridge(self, last: int, now: int, aim: Aim) -> None:
        if last < 0 or not 1 < now - last <= self._pace.bridge + 1 or self._frames[last].shot != self._frames[now].shot:
            return
        before = self._frames[last].observed or aim
        for k in range(last + 1, now):
            share = (k - last) / (now - last)
            self._frames[k].within = self._frames[now].within
            self._frames[k].observed = Aim(*(p + (q - p) * share for p, q in zip(before, aim, strict=True)))

    def steady(self, index: int) -> Aim | None:
        """Step 1b: where the person is in this frame, judged from the frames around it; ``None`` if not seen there.

        A measurement far off its neighbours counts as unseen.
        """
        moment, stop = self._frames[index], index + self._pace.bridge + 1
        if moment.observed is None:
            return None
        start = self._frames.first(max(index - self._pace.bridge, self.start))
        times, xs, ys = list[int](), list[float](), list[float]()
        for k, near in enumerate(self._frames.span(start, stop), start):
            if near.shot == moment.shot and near.observed is not None:
                times.append(k)
                xs.append(near.observed.x)
                ys.append(near.observed.y)
        (x, self._drift), (y, _) = resistant_lines(times, (xs, ys), index)
        if abs(moment.observed.x - x) > SUDDEN * self._crop_height * self._room.aspect:
            moment.seen = False
        moment.steady = Aim(x, y, self._usual_size(moment, max(index - self._pace.sizes, self.start), stop))
        return moment.steady

    def _usual_size(self, moment: CameraFrame, start: int, stop: int) -> float:
        some = self._frames.span(start, stop)[:: 1 + (stop - start) // SIZE_SAMPLES]
        sizes = [m.observed.size for m in some if m.shot == moment.shot and m.observed is not None]
        return median(sizes) if sizes or moment.observed is None else moment.observed.size

    def think(self, index: int, other: Aim | None) -> None:
        """Step 2a, after both cameras' :meth:`steady`: the dead zone.  ``other`` is where the other person is."""
        moment = self._frames[index]
        if moment.shot != self._shot:
            self._shot, self.framed, self._room = moment.shot, False, self._frame_room
        aim = moment.steady
        if aim is None:
            self._lost, self._wait = True, self._pace.reach
            self._coast()
            return
        way, bounds = self._way(aim), moment.within or self._frame_room.bounds
        if bounds != self._room.bounds:  # somebody walked into another box, or bars were noticed late
            self._room, self.framed = replace(self._frame_room, bounds=bounds), False
        if not self.framed or way > (FAR if self._lost else SUDDEN) or moment.time - self._aimed_time > self._hold:
            self._begin(index, aim)
        elif self._wait > 0 and way > NEARBY:  # the kernel must not see him before the viewer does
            self._wait -= 1
            self._coast()
        else:
            self._lost, self._wait = False, 0
            self._follow(aim, other)
        self._aimed_time = moment.time

    def _way(self, aim: Aim) -> float:
        """How far the camera is from this aim, as a share of the crop."""
        width = self._crop_height * self._room.aspect
        return max(abs(aim.x - self._x.position) / width, abs(aim.y - self._y.position) / self._crop_height)

    def _begin(self, index: int, aim: Aim) -> None:
        for zone, value in zip((self._x, self._y, self._size), aim, strict=True):
            zone.begin(value)
        self.framed, self._lost, self._wait, self._velocity = True, False, 0, 0.0
        self.start = index
        self._run += 1

    def _follow(self, aim: Aim, other: Aim | None) -> None:
        pace, height, size = self._pace, self._crop_height, self._size.position
        width, quiet = height * self._room.aspect, (pace.still, pace.settled)
        near = pace.radius * width if other is None else min(pace.radius * width, NEIGHBOUR * abs(aim.x - other.x))
        self._x.follow(aim.x, near, TOLERANCE * width, quiet)
        self._y.follow(aim.y, pace.radius * height, TOLERANCE * height, quiet)
        radius = (SIZE_RADIUS + SIZE_SLACK * pace.radius) * size
        self._size.follow(aim.size, radius, SIZE_TOLERANCE * size, quiet, speed=pace.zoom * size)
        self._velocity = 0.0 if self._x.resting else self._drift

    def _coast(self) -> None:
        """Without a person in sight: goes on for a moment, as one who walks behind another does, and comes to rest."""
        self._velocity *= self._pace.coast
        if abs(self._velocity) < LEAST_SPEED * self._crop_height:
            self._velocity = 0.0
        self._x.position += self._velocity

    @property
    def person(self) -> Aim:
        """Where the camera takes the person's face to be; valid while ``framed``."""
        return Aim(self._x.position, self._y.position, self._size.position)

    def share_beside(self, free: Free) -> float:
        """How large a head must be shown so that no neighbour's face is in the tile."""
        return self.size * self._room.aspect / free.width(self.person, self._room.bounds)

    def plan(self, index: int, share: float, *, whole_from: float = 1.0, free: Free = ANYWHERE) -> None:
        """Step 2b: the crop in which the face takes this ``share`` of the height, as far as the source allows.

        From ``whole_from`` of the largest possible crop on, it is that one.  It keeps to what is ``free`` of neighbours, if it
        can.
        """
        if not self.framed:
            return
        moment, largest = self._frames[index], self._room.largest
        height = max(self.size / share, SMALLEST * largest)
        self._crop_height = height if height < whole_from * largest else largest
        x = self._x.position + free.aside(self._crop_height * self._room.aspect / 2, self.size)
        path = self._room.inside(x, self._y.position, self._crop_height)
        moment.path, moment.run, moment.room = path, self._run, self._room
        if index != self.start:
            before = self._frames[index - 1]
            moment.rests = before.rests + 1 if before.run == self._run and before.path == path else 0
            return
        for earlier in reversed(self._frames.span(index - self._pace.ahead, index)):
            if earlier.shot != moment.shot or earlier.path is not None:
                return
            # before the first sight in a shot: framed as he will be found
            earlier.path, earlier.run, earlier.room = path, self._run, self._room

    def view(self, index: int) -> View:
        """Step 3: what the tile shows in this frame.  Called for every frame in order."""
        moment = self._frames[index]
        coming = [m.seen for m in self._frames.span(index, index + max(self._pace.picture, 1)) if m.shot == moment.shot]
        state = self._states.update(
            moment.time,
            new_shot=moment.shot != self._shown_shot,
            framed=moment.path is not None,
            coming=coming,
            there=moment.there,
        )
        self._shown_shot = moment.shot
        self._frames.forget(index - max(len(self._pace.kernel), self._pace.sizes))
        if state is TileState.STAND_IN:
            return View(self._frame_room.bounds, state, None, self._away)
        crop = (moment.room or self._frame_room).crop(self._smooth(index))
        return View(crop, state, moment.track_id if state is TileState.TRACKED else None, Fill.CROP)

    def _smooth(self, index: int) -> Aim:
        """The planned path's average around a frame, within its run; beyond its ends the run is thought to rest."""
        kernel, run = self._pace.kernel, self._frames[index].run
        stop = index + self._pace.reach + 1
        start = stop - len(kernel)
        if stop <= self._frames.end and (end := self._frames[stop - 1]).run == run and end.path and end.rests >= len(kernel):
            return end.path
        first = self._frames.first(start)
        known = [(k, m.path) for k, m in enumerate(self._frames.span(start, stop), first) if m.run == run and m.path]
        (oldest, base), (newest, last) = known[0], known[-1]
        path = [base] * (oldest - start) + [a for _, a in known] + [last] * (stop - 1 - newest)
        if path.count(base) == len(path):  # at rest, exactly
            return base
        return Aim(*(b + sum(map(mul, kernel, [v - b for v in values])) for b, *values in zip(base, *path, strict=True)))
