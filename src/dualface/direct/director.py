"""Decides what is shown: observations in, plans out.

Pure: no pixels, no clock, no files.  The same observations give the same plans, however they are cut into pieces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from dualface.config.schema import Config
from dualface.direct.corrected.wishes import NO_WISHES, Wishes, in_shape
from dualface.direct.framing.camera import View
from dualface.direct.framing.rig import CameraRig, CameraTarget
from dualface.direct.layouts.chosen import chosen_layout, wished_tiles
from dualface.direct.sides import PositionSides
from dualface.direct.visibility import is_hidden
from dualface.direct.who_is_shown import WhoIsShown
from dualface.geometry import bounding_box, fit_inside, intersection
from dualface.types import (
    Box,
    Crop,
    Fill,
    FramePlan,
    Moment,
    Observation,
    ObservedFace,
    Person,
    Placement,
    Rect,
    Tile,
    TileState,
)

_DIGITS = 3
"""Crops are whole thousandths of a pixel, so that a plan is the same once it was written to a file and read back."""
_FILLS = 0.8
"""The scene is cut to its place's shape where at least so much of it remains."""


class Director:
    """Plans frame by frame, looking ahead.

    ``width`` and ``height`` are those of the upright source in pixels, ``fps`` its nominal rate.  Plans come in order, one for
    each observation, :attr:`delay` frames behind them.  Raises :class:`~dualface.errors.ConfigurationError` for an unknown
    layout, or one that finds no room on the canvas.  ``wishes`` go over what would be decided.
    """

    def __init__(self, width: int, height: int, fps: float, config: Config, wishes: Wishes = NO_WISHES) -> None:
        framing, tracking = config.framing, config.tracking
        layout, self.size = chosen_layout(framing)
        self._name = framing.layout
        self._tiles = {
            people: tuple(layout.arrange(Moment(*self.size, framing.gap, people))) for people in _everyone_and_fewer()
        }
        self._wishes = wishes
        self._wished = {
            wish: wished_tiles(framing, wish.layout, wish.person) for wish in dict.fromkeys(wishes.layouts.values())
        }
        self._source = Box(0.0, 0.0, float(width), float(height))
        self._sides = PositionSides(width, alpha=tracking.ema_alpha) if tracking.sides == "position" else None
        self._rigs = {
            tiles: CameraRig(
                width,
                height,
                {tile.person: tile.at for tile in tiles if tile.person is not None},
                fps=fps,
                headroom=framing.headroom,
                zoom=framing.zoom,
                smoothing=framing.smoothing,
                lookahead_seconds=config.processing.lookahead_seconds / 2,
                hold_seconds=tracking.hold_seconds,
                away="blur" if framing.alone == "full" else framing.alone,
            )
            for tiles in dict.fromkeys([*self._tiles.values(), *self._wished.values()])
        }
        self._may_change = framing.alone == "full"
        self._shown = WhoIsShown(gone_seconds=tracking.hold_seconds, least_seconds=framing.least_seconds)
        self._waiting: deque[tuple[Observation, dict[int, Person]]] = deque()
        self._whose: dict[int, Person] = {}
        """Whose each track of this shot was when it was last seen."""

    @property
    def delay(self) -> int:
        """How many frames later a plan comes."""
        return next(iter(self._rigs.values())).lookahead_frames

    def push(self, observation: Observation) -> list[FramePlan]:
        """Takes the next observation; returns the plans that are ready."""
        people = self._people(observation.index, observation.faces)
        self._waiting.append((observation, people))
        targets = {person: _target(observation, people, person) for person in Person}
        there = self._still_there(observation, people)
        seen = frozenset(person for person, target in targets.items() if target is not None or person in there)
        self._shown.push(seen, time=observation.time, cut=observation.cut)
        return self._planned(
            {
                tiles: rig.push(targets, time=observation.time, cut=observation.cut, there=there)
                for tiles, rig in self._rigs.items()
            }
        )

    def flush(self) -> list[FramePlan]:
        """The rest, at the end."""
        return self._planned({tiles: rig.flush() for tiles, rig in self._rigs.items()})

    def _people(self, index: int, faces: Sequence[ObservedFace]) -> dict[int, Person]:
        """Whose tile each track belongs in, by the rule for sides."""
        people = {face.track_id: face.person for face in faces if face.person is not None}
        if self._sides is None:
            return people
        shown = self._sides.update({face.person: face.box.cx for face in faces if face.person is not None})
        placed = {track_id: shown.get(person, person) for track_id, person in people.items()}
        return {track: side.other for track, side in placed.items()} if index in self._wishes.exchanged else placed

    def _still_there(self, observation: Observation, people: Mapping[int, Person]) -> frozenset[Person]:
        """The people whose face is not seen, but who have not moved away."""
        if observation.cut:
            self._whose = {}
        self._whose |= people
        return frozenset(self._whose[track] for track in observation.there if track in self._whose)

    def _planned(self, views: Mapping[tuple[Tile, ...], Sequence[Mapping[Person, View]]]) -> list[FramePlan]:
        """The frames that all cameras are done with: each by the cameras of the layout that it gets."""
        plans = []
        for n in range(min(map(len, views.values()))):
            seen, people = self._waiting.popleft()
            shown = self._shown.decide()
            wish = self._wishes.layouts.get(seen.index)
            tiles = self._wished[wish] if wish else self._tiles[shown if self._may_change else frozenset(Person)]
            placements = tuple(self._placement(tile, views[tiles][n], seen) for tile in tiles)
            name = _layout_name(tiles, wish.layout if wish else self._name)
            plans.append(FramePlan(seen.index, seen.time, seen.cut, name, placements, people))
        return plans

    def _placement(self, tile: Tile, view_of: Mapping[Person, View], seen: Observation) -> Placement:
        wish = self._wishes.crop(seen.index, tile.person)
        crop = None if wish is None else rounded(in_shape(wish, tile.at.w / tile.at.h, self._source))
        if tile.person is None:
            return self._scene(tile.at, seen.active) if crop is None else Placement(tile.at, crop, None, TileState.SCENE)
        view = view_of[tile.person]
        if crop is not None:
            state = TileState.TRACKED if view.track_id is not None else TileState.HELD
            return Placement(tile.at, crop, tile.person, state, view.track_id)
        return Placement(tile.at, rounded(view.crop), tile.person, view.state, view.track_id, view.fill)

    def _scene(self, at: Rect, active: Sequence[Box]) -> Placement:
        """All of the source but for its bars: cut a little where that fills the place, else over itself, blurred."""
        source = bounding_box(active) if active else self._source
        w, h = fit_inside(source.w, source.h, at.w / at.h)
        if w * h < _FILLS * source.area:
            return Placement(at, source, None, TileState.SCENE, None, Fill.BLUR)
        crop = Box(source.x + (source.w - w) / 2, source.y + (source.h - h) / 2, w, h)
        return Placement(at, rounded(crop), None, TileState.SCENE)


def plan_all(
    observations: Iterable[Observation], width: int, height: int, fps: float, config: Config, wishes: Wishes = NO_WISHES
) -> list[FramePlan]:
    """The plans for a whole video.  Parameters and errors as :class:`Director` has them."""
    director = Director(width, height, fps, config, wishes)
    plans = [plan for observation in observations for plan in director.push(observation)]
    return plans + director.flush()


def _everyone_and_fewer() -> list[frozenset[Person]]:
    """Every choice of people, everyone first."""
    return [frozenset(Person), *(frozenset({person}) for person in Person), frozenset()]


def _layout_name(tiles: Sequence[Tile], name: str) -> str:
    """``split``, ``full`` or ``scene`` where the tiles are just that, else the layout's own name."""
    people = {tile.person for tile in tiles}
    if people == set(Person) and not any(_overlap(a.at, b.at) for n, a in enumerate(tiles) for b in tiles[n + 1 :]):
        return "split"
    if len(tiles) == 1:
        return "full" if tiles[0].person else "scene"
    return name


def _overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def _target(seen: Observation, people: Mapping[int, Person], person: Person) -> CameraTarget | None:
    """What the person's camera is told: the face, unless it isn't really seen."""
    faces = seen.faces
    face = next((one for one in faces if people.get(one.track_id) is person), None)
    if face is None or is_hidden(face, faces):
        return None
    eyes = None
    if face.landmarks is not None:
        (ax, ay), (bx, by) = face.landmarks[:2]
        eyes = ((ax + bx) / 2, (ay + by) / 2)
    within = max(seen.active, key=lambda part: intersection(part, face.box), default=None)
    if within is not None and not intersection(within, face.box):
        within = None
    return CameraTarget(face.box, eyes, face.track_id, within)


def rounded(crop: Crop) -> Crop:
    """A crop as plans have it."""
    return Box(*(round(v, _DIGITS) for v in crop))
