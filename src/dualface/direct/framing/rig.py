"""The cameras of all tiles, side by side in time."""

from __future__ import annotations

from collections.abc import Container, Mapping

from dualface.direct.framing.aim import CameraTarget
from dualface.direct.framing.camera import Away, TileCamera, View
from dualface.direct.framing.pace import plan_pace
from dualface.direct.framing.room import Room
from dualface.types import Box, Person, Rect

__all__ = ["CameraRig", "CameraTarget"]

HEAD_SHARE = 0.34
"""Height of a face as a share of its tile's at zoom 1: head and shoulders."""
HEAD_SHARE_ALONE = 0.22
"""The same for somebody who has the whole canvas: head and chest, as a director would frame it."""
WHOLE_FROM = 0.7
"""There the whole source is shown where the framing takes at least so much of its height: nobody wants it cut by a little."""
CLOSE_SHARE, CLOSEST = 0.5, 0.25
"""Beside a neighbour a head is shown as large as this at most, and a crop no smaller than this share of the largest."""
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
        alone = len(tiles) == 1
        self._share = (HEAD_SHARE_ALONE if alone else HEAD_SHARE) * zoom
        self._whole_from = WHOLE_FROM if alone else 1.0
        frame = Box(0.0, 0.0, float(source_width), float(source_height))
        self._cameras = {
            person: TileCamera(Room(frame, tile.w / tile.h, headroom), pace, hold_seconds=hold_seconds, away=away)
            for person, tile in tiles.items()
        }
        self._shot = self._pushed = self._planned = self._shown = 0

    def push(
        self,
        targets: Mapping[Person, CameraTarget | None],
        *,
        time: float,
        cut: bool,
        there: Container[Person] = (),
    ) -> list[dict[Person, View]]:
        """The next frame, at ``time`` seconds; ``cut`` if a new shot starts with it.  A person without a target is unseen, and
        gone after a while unless still ``there``.

        Returns the views of the frame that is now decided, if any: of each frame once, in order.
        """
        self._shot += cut
        for person, camera in self._cameras.items():
            camera.see(targets.get(person), time=time, shot=self._shot, there=person in there)
        self._pushed += 1
        return self._advance(self._pushed - (self.lookahead_frames - self._ahead), self._pushed - self.lookahead_frames)

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
        people = {person: camera.steady(index) for person, camera in self._cameras.items()}
        for person, camera in self._cameras.items():
            camera.think(index, people.get(person.other))
        share = self._share
        for camera in self._cameras.values():
            if camera.framed:
                share = max(share, min(camera.size / camera.largest, MATCH * self._share))
        beside = {person: camera.beside(people.get(person.other)) for person, camera in self._cameras.items()}
        for person, camera in self._cameras.items():
            share = max(share, min(camera.share_beside(beside[person]), CLOSE_SHARE, camera.size / (CLOSEST * camera.largest)))
        for person, camera in self._cameras.items():
            camera.plan(index, share, whole_from=self._whole_from, beside=beside[person])
