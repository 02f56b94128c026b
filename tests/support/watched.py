"""Made-up footage, seen by the real models, decided over the whole and planned: everything but pictures of the result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from benchmarks.identity_score import TILES, Score
from tests.support.settings_of import settings_of

from dualface.config.schema import Config
from dualface.direct.active_parts import with_settled_parts
from dualface.direct.director import plan_all
from dualface.direct.identity.whole import name_tracks, renamed
from dualface.footage.cast import Actor
from dualface.footage.collage import BLACK, Part, Picture, collage
from dualface.footage.scenes import Key, Scene, Shot
from dualface.pixels.source import CpuPixels
from dualface.pixels.thumbnail import thumbnail
from dualface.types import Box, ColorTags, Crop, Frame, FramePlan, Observation, Person, Placement, Rect, TileState, VideoInfo
from dualface.video.analysis import open_observer, rate_of
from dualface.video.shared_models import SharedModels

_BASE = Fraction(1, 90000)


def at(x: float, y: float = 0.41, height: float = 0.3) -> tuple[Key, ...]:
    """Somebody who stays where they are, in shares of the picture."""
    return (Key(0, x, y, height),)


def one_shot(
    paths: Mapping[str, tuple[Key, ...]], cast: Mapping[str, Actor] | None = None, size: tuple[int, int] = (640, 360)
) -> Part:
    """A picture without cuts that fills a frame of this ``size``."""
    return Part(Rect(0, 0, *size), Scene(math.inf, (Shot(0, paths, desk=False),)), cast=cast)


@dataclass(frozen=True)
class Watched:
    """What was painted, and what became of it."""

    truth: Sequence[Picture]
    seen: Sequence[Observation]
    plans: Sequence[FramePlan]

    def score(self) -> Score:
        """A on the left, B on the right, in every frame that shows them."""
        told = Score()
        crops = [dict(self._crop(plan, side) for side in Person) for plan in self.plans]
        told.add([one.faces for one in self.truth], crops, 25)
        return told

    @staticmethod
    def _crop(plan: FramePlan, side: Person) -> tuple[Person, Box | None]:
        tile = next((p for p in plan.placements if p.person is side and p.state is TileState.TRACKED), None)
        return side, tile.crop if tile is not None else None

    @property
    def cuts(self) -> list[int]:
        return [one.index for one in self.seen if one.cut and one.index > 0]

    @property
    def true_cuts(self) -> list[int]:
        return [n for n, one in enumerate(self.truth) if one.cut]

    def tiles(self, person: Person) -> list[Placement | None]:
        """What the person's tile shows in each frame."""
        return [next((p for p in plan.placements if p.person is person), None) for plan in self.plans]

    def crops(self, person: Person) -> Iterator[tuple[int, Crop]]:
        """The frames in which the person's tile shows them, with its crop."""
        for n, tile in enumerate(self.tiles(person)):
            if tile is not None and tile.state is TileState.TRACKED:
                yield n, tile.crop

    def face(self, n: int, person: Person) -> Box:
        """Where the person's face is in a frame."""
        return Box(*self.truth[n].faces[TILES[person]][:4])


class Watching:
    """Looks at made-up footage; the models are loaded once."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.config: Config = settings_of(folder, hardware__device="cpu", framing__size="1280x720", **settings)
        self.models = SharedModels(self.config)

    def watch(
        self,
        *parts: Part,
        size: tuple[int, int] = (640, 360),
        seconds: float = 3.0,
        fps: float = 25,
        times: Sequence[float] | None = None,
        background: tuple[int, int, int] = BLACK,
    ) -> Watched:
        times = [n / fps for n in range(round(seconds * fps))] if times is None else times
        truth = list(collage(parts, size, times, background=background))
        info = VideoInfo(*size, Fraction(fps), len(times), times[-1])
        recogniser = self.models.recogniser("conditional", pytest.fail)
        assert recogniser is not None
        detector = self.models.detector(*size)
        observer = open_observer(
            info, self.config, detector=detector, thumbnail=thumbnail, recogniser=recogniser, patch=CpuPixels().patch
        )
        seen = [one.observation for n, picture in enumerate(truth) for one in observer.push(_frame(n, picture, *size))]
        seen += [one.observation for one in observer.flush()]
        named = renamed(seen, name_tracks(seen, *size, scale=recogniser.scale))
        settled = with_settled_parts(named)
        return Watched(truth, settled, plan_all(settled, *size, rate_of(info), self.config))


def _frame(n: int, picture: Picture, width: int, height: int) -> Frame:
    luma, chroma = picture.planes[:height], picture.planes[height:].reshape(2, height // 2, width // 2)
    tags = ColorTags(1, 1, 1)
    return Frame(n, round(picture.time / _BASE), _BASE, 0, width, height, (luma, chroma[0], chroma[1]), color=tags)
