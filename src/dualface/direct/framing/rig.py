"""The cameras of all tiles, side by side in time."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType

from dualface.direct.framing.aim import Aim, CameraTarget
from dualface.direct.framing.camera import Away, TileCamera, View
from dualface.direct.framing.company import Company
from dualface.direct.framing.neighbours import COMPARABLE, Free
from dualface.direct.framing.pace import plan_pace
from dualface.direct.framing.room import Room
from dualface.types import Box, Person, Rect

__all__ = ["CameraRig", "CameraTarget"]

HEAD_SHARE = 0.34
"""Height of a face as a share of its tile's at zoom 1: head and shoulders."""
HEAD_SHARE_ALONE, HEAD_SHARE_IN_COMPANY = 0.22, 0.3
"""The same for somebody who has the whole canvas: head and chest, as a director would frame it; closer in company, so
that it is clear who is meant.
"""
WHOLE_FROM = 0.7
"""There the whole source is shown where the framing takes at least so much of its height: nobody wants it cut by a little."""
CLOSE_SHARE, CLOSE_SHARE_ALONE, CLOSEST = 0.5, 0.4, 0.25
"""Beside a neighbour a head is as large as this at most, in a tile and on the whole canvas, a crop no smaller than this share
of the largest.
"""
FAR = 6.0
"""On the whole canvas, which is wide, somebody so many face heights away would still be in the picture."""
STAYED_SECONDS = 10.0
"""Who came in the middle of a shot belongs to it after so long."""
NOBODY: Mapping[int, Box] = MappingProxyType({})
MATCH = 1.3
"""How much larger than asked for a head is shown, at most, to match one that can't be shown smaller."""


class CameraRig:
    """Turns where the two people are, frame by frame, into what each tile shows.

    ``source_width`` and ``source_height`` are those of the upright source in pixels, ``fps`` its nominal rate; the rig
    counts in frames, except for ``hold_seconds``.  ``headroom`` is the height of the eyes below a tile's top as a share of
    the tile, ``zoom`` scales the heads, ``smoothing`` goes from 0 (follows closely) to 1 (hardly moves).  ``away`` is what
    a tile shows once its person has been unseen for ``hold_seconds``: still the last framing, the whole scene, or a card.

    Views come ``lookahead_frames`` behind the frames.  Heads are of equal size in the tiles: where the source is too small
    to show one as small as wanted, the other is enlarged to match, within reason.  Neighbours are shown larger, and off the
    middle if need be, so that neither has the other's face in the tile.
    """

    def __init__(
        self,
        source_width: int,
        source_height: int,
        tiles: Mapping[Person, Rect],
        *,
        fps: float,
        headroom: float,
        zoom: float,
        smoothing: float,
        lookahead_seconds: float,
        hold_seconds: float,
        away: Away,
    ) -> None:
        pace = plan_pace(fps, smoothing=smoothing, lookahead_seconds=lookahead_seconds)
        self.lookahead_frames = pace.bridge + pace.ahead
        self._ahead = pace.ahead
        self._zoom, self._share_in_company = zoom, 0.0
        frame = Box(0.0, 0.0, float(source_width), float(source_height))
        self._cameras = {
            person: TileCamera(Room(frame, tile.w / tile.h, headroom), pace, hold_seconds=hold_seconds, away=away)
            for person, tile in tiles.items()
        }
        self._company = Company(awhile=pace.still, settled=round(STAYED_SECONDS * fps), bridge=pace.bridge)
        self._listener = Company(awhile=pace.still, settled=round(STAYED_SECONDS * fps), bridge=pace.bridge)
        self._shot = self._pushed = self._planned = self._shown = 0

    def push(
        self,
        targets: Mapping[Person, CameraTarget | None],
        *,
        time: float,
        cut: bool,
        there: Container[Person] = (),
        others: Mapping[int, Box] = NOBODY,
    ) -> list[dict[Person, View]]:
        """The next frame, at ``time`` seconds; ``cut`` if a new shot starts with it.  A person without a target is unseen, and
        gone after a while unless still ``there``.  ``others`` are the faces of passers-by, by track.

        Returns the views of the frame that is now decided, if any: of each frame once, in order.
        """
        self._shot += cut
        for person, camera in self._cameras.items():
            camera.see(targets.get(person), time=time, shot=self._shot, there=person in there)
        if self._cameras:
            self._company.see(others, shot=self._shot)
            self._listener.see(self._other(targets), shot=self._shot)
        self._pushed += 1
        return self._advance(self._pushed - (self.lookahead_frames - self._ahead), self._pushed - self.lookahead_frames)

    def _other(self, targets: Mapping[Person, CameraTarget | None]) -> Mapping[int, Box]:
        """The other of the two, beside somebody who has the canvas: the face by its track."""
        if len(self._cameras) != 1:
            return NOBODY
        other = targets.get(next(iter(self._cameras)).other)
        return NOBODY if other is None else {other.track_id: other.face}

    def flush(self) -> list[dict[Person, View]]:
        """The views of all frames not yet returned.  Nothing can be pushed afterwards."""
        return self._advance(self._pushed, self._pushed)

    def _advance(self, planned: int, shown: int) -> list[dict[Person, View]]:
        while self._planned < planned:
            self._plan(self._planned)
            self._planned += 1
        views = []
        while self._shown < shown:
            views.append({person: camera.view(self._shown) for person, camera in self._cameras.items()})
            self._shown += 1
        return views

    def _plan(self, index: int) -> None:
        if not self._cameras:
            return
        people = {person: camera.steady(index) for person, camera in self._cameras.items()}
        for person, camera in self._cameras.items():
            camera.think(index, people.get(person.other))
        company, listener = self._company.at(index), self._listener.at(index)
        if len(self._cameras) == 1:
            self._plan_alone(index, company, listener)
        else:
            self._plan_both(index, people, company)

    def _plan_alone(self, index: int, company: Sequence[Aim], listener: Sequence[Aim]) -> None:
        """Closer in company, and so close that the listener's face is not in the picture, within reason.

        What the shot begins with decides, so that no coming and going makes the camera move.
        """
        (camera,) = self._cameras.values()
        if not camera.framed:
            return
        free = Free.beside(camera.person, listener, near=FAR)
        if camera.start == index:
            closest = min(CLOSE_SHARE_ALONE, camera.size / (CLOSEST * camera.largest))
            share = max(HEAD_SHARE_IN_COMPANY, min(camera.share_beside(free), closest)) * self._zoom
            beside = any(other.size >= COMPARABLE * camera.size for other in [*company, *listener])
            self._share_in_company = share if beside else 0.0
        if self._share_in_company:
            camera.plan(index, self._share_in_company, free=free)
        else:
            camera.plan(index, HEAD_SHARE_ALONE * self._zoom, whole_from=WHOLE_FROM)

    def _plan_both(self, index: int, people: Mapping[Person, Aim | None], company: Sequence[Aim]) -> None:
        share = HEAD_SHARE * self._zoom
        framed = {person: camera for person, camera in self._cameras.items() if camera.framed}
        for camera in framed.values():
            share = max(share, min(camera.size / camera.largest, MATCH * HEAD_SHARE * self._zoom))
        free = {
            person: Free.beside(camera.person, [*company, *(other for other in [people[person.other]] if other is not None)])
            for person, camera in framed.items()
        }
        for person, camera in framed.items():
            closest = min(CLOSE_SHARE, camera.size / (CLOSEST * camera.largest))
            share = max(share, min(camera.share_beside(free[person]), closest))
        for person, camera in framed.items():
            camera.plan(index, share, free=free[person])
