"""Decides what is shown: observations in, plans out.

Pure: no pixels, no clock, no files.  The same observations give the same plans, however they are cut into pieces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dualface.config.schema import Config
from dualface.direct.corrected.wishes import NO_WISHES, Wishes, in_shape
from dualface.direct.framing.camera import View
from dualface.direct.framing.rig import CameraRig, CameraTarget
from dualface.direct.framing.within import part_of
from dualface.direct.layouts.chosen import arranged, canvas_size, follows_speech, wished_tiles
from dualface.direct.layouts.look import TileLook
from dualface.direct.sides import PositionSides
from dualface.direct.speech.editing import Emphasis, Shot, emphasis_of
from dualface.direct.speech.whole import with_speech
from dualface.direct.visibility import is_hidden
from dualface.direct.who_is_shown import WhoIsShown
from dualface.geometry import bounding_box, fit_inside
from dualface.types import (
    Box,
    Crop,
    Fill,
    FramePlan,
    Mark,
    Observation,
    ObservedFace,
    Person,
    Placement,
    Rect,
    Speech,
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

    ``emphasis`` says what speech makes of each observation that will come, where that is known beforehand.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: float,
        config: Config,
        wishes: Wishes = NO_WISHES,
        *,
        emphasis: Sequence[Emphasis] | None = None,
    ) -> None:
        framing, tracking = config.framing, config.tracking
        self.size = canvas_size(framing)
        self._only = None if framing.only == "both" else Person(framing.only)
        self._name = framing.layout
        self._tiles = {
            (people, speaker): arranged(framing, people, speaker)
            for people in _everyone_and_fewer()
            for speaker in (None, *sorted(people))
        }
        self._look = TileLook(self.size, corners=framing.corners, blur_behind=framing.behind == "blur")
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
        self._may_change = framing.alone == "full" and self._only is None
        self._shown = WhoIsShown(gone_seconds=tracking.hold_seconds, least_seconds=framing.least_seconds)
        self._emphasis = deque(emphasis or ())
        self._highlight = framing.highlight
        self._waiting: deque[_Waiting] = deque()
        self._whose: dict[int, Person] = {}
        """Whose each track of this shot was when it was last seen."""

    @property
    def delay(self) -> int:
        """How many frames later a plan comes."""
        return next(iter(self._rigs.values())).lookahead_frames

    def push(self, observation: Observation) -> list[FramePlan]:
        """Takes the next observation; returns the plans that are ready."""
        people = self._people(observation.index, observation.faces)
        self._waiting.append(self._judged(observation, people))
        targets = {person: _target(observation, people, person) for person in Person}
        there = self._still_there(observation, people)
        seen = frozenset(person for person, target in targets.items() if target is not None or person in there)
        others = {
            face.track_id: face.box
            for face in observation.faces
            if face.track_id not in people and not is_hidden(face, observation.faces)
        }
        self._shown.push(seen, time=observation.time, cut=observation.cut)
        return self._planned(
            {
                tiles: rig.push(targets, time=observation.time, cut=observation.cut, there=there, others=others)
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
            seen, people, emphasis, speech = self._waiting.popleft()
            shown = self._shown.decide()
            wish = self._wishes.layouts.get(seen.index) if self._only is None else None
            moment = self._moment(shown if self._may_change else frozenset(Person), emphasis.shot)
            tiles = self._wished[wish] if wish else self._tiles[moment]
            placed = [self._marked(self._placement(tile, views[tiles][n], seen), tile, tiles, emphasis) for tile in tiles]
            placements = self._look.of(self._of_the_film(placed), self._whole_scene(seen.active))
            name = "full" if self._only else _layout_name(tiles, wish.layout if wish else self._name)
            plans.append(FramePlan(seen.index, seen.time, seen.cut, name, tuple(placements), people, speech))
        return plans

    def _judged(self, seen: Observation, people: dict[int, Person]) -> _Waiting:
        """An observation with what speech makes of it, by the names of the tiles."""
        emphasis = self._emphasis.popleft() if self._emphasis else Emphasis()
        speech = seen.speech
        own = {face.track_id: face.person for face in seen.faces if face.person is not None}
        if any(people.get(track) is not person for track, person in own.items()):
            emphasis = emphasis.swapped
            speech = speech and speech.swapped
        return _Waiting(seen, people, emphasis, speech)

    def _moment(self, people: frozenset[Person], shot: Shot) -> tuple[frozenset[Person], Person | None]:
        """Who is shown, and who of them has the floor; whoever is shown alone needs none."""
        if shot is Shot.WIDE and self._only is None:
            return frozenset(), None
        return people, shot.speaker if len(people) > 1 and self._only is None else None

    def _marked(self, placement: Placement, tile: Tile, tiles: Sequence[Tile], emphasis: Emphasis) -> Placement:
        mark = self._mark(tile, tiles, emphasis.speaking)
        return placement if mark is placement.mark else replace(placement, mark=mark)

    def _mark(self, tile: Tile, tiles: Sequence[Tile], speaking: frozenset[Person]) -> Mark:
        if self._highlight == "none" or len(tiles) < 2 or tile.person is None or not speaking:
            return Mark.NONE
        if self._highlight == "border":
            return Mark.BORDER if tile.person in speaking else Mark.NONE
        return Mark.NONE if tile.person in speaking else Mark.DIM

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

    def _of_the_film(self, placements: Sequence[Placement]) -> Sequence[Placement]:
        """All of them, or the only tile, which is the film."""
        if self._only is None:
            return placements
        return [replace(one, at=Rect(0, 0, *self.size)) for one in placements if one.person is self._only]

    def _whole_scene(self, active: Sequence[Box]) -> Box:
        return bounding_box(active) if active else self._source

    def _scene(self, at: Rect, active: Sequence[Box]) -> Placement:
        """All of the source but for its bars: cut a little where that fills the place, else over itself, blurred."""
        source = self._whole_scene(active)
        w, h = fit_inside(source.w, source.h, at.w / at.h)
        if w * h < _FILLS * source.area:
            return Placement(at, source, None, TileState.SCENE, None, Fill.BLUR)
        crop = Box(source.x + (source.w - w) / 2, source.y + (source.h - h) / 2, w, h)
        return Placement(at, rounded(crop), None, TileState.SCENE)


class _Waiting(NamedTuple):
    """An observation, whose tile each of its tracks belongs in, what speech makes of it, and who speaks."""

    seen: Observation
    people: dict[int, Person]
    emphasis: Emphasis
    speech: Speech | None


def plan_all(
    observations: Iterable[Observation], width: int, height: int, fps: float, config: Config, wishes: Wishes = NO_WISHES
) -> list[FramePlan]:
    """The plans for a whole video.  Parameters and errors as :class:`Director` has them."""
    return list(plan_whole(with_speech(list(observations)), width, height, fps, config, wishes))


def plan_whole(
    observations: Sequence[Observation], width: int, height: int, fps: float, config: Config, wishes: Wishes = NO_WISHES
) -> Iterator[FramePlan]:
    """The plans of observations that have all that is known of them.  Parameters and errors as :class:`Director` has them."""
    emphasis = emphasis_of(observations, config.speech) if follows_speech(config.framing) else None
    director = Director(width, height, fps, config, wishes, emphasis=emphasis)
    for observation in observations:
        yield from director.push(observation)
    yield from director.flush()


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
    return CameraTarget(face.box, eyes, face.track_id, part_of(face.box, seen.active))


def rounded(crop: Crop) -> Crop:
    """A crop as plans have it."""
    return Box(*(round(v, _DIGITS) for v in crop))
