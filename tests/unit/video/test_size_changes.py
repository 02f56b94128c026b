"""Recordings of several sizes and shapes in one file, through a whole run."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.odd_inputs import NO_B_FRAMES, changing_size
from tests.support.settings_of import settings_of

from dualface.decode.software import SoftwareDecoder
from dualface.device.cpu import CpuDevice
from dualface.events import EventBus
from dualface.jobs import Job, VideoOutcome
from dualface.types import Box, Detection, Frame, U8Array
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

LONG = replace(NO_B_FRAMES, frames=60, rate=Fraction(10))


class SeesTwo:
    """Two faces in the picture, wherever it lies in the frame."""

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [[self._face(frame, share) for share in (0.15, 0.85)] for frame in frames]

    def _face(self, frame: Frame, share: float) -> Detection:
        x, y, w, h = frame.content or Box(0, 0, frame.width, frame.height)
        size = 0.2 * min(w, h)
        return Detection(Box(x + share * w - size / 2, y + 0.3 * h, size, size), 0.9)

    def close(self) -> None:
        pass


def run(source: Path, size: str) -> VideoOutcome:
    settings = settings_of(source.parent, framing__size=size, reid__mode="never")
    models = SharedModels(settings, CpuDevice())
    models.detector = lambda width, height: SeesTwo()  # type: ignore[method-assign]
    job = Job(source, source.parent / "out" / "film.mp4")
    outcome = VideoRun(job, settings, models, bus=EventBus(), stop=threading.Event()).run()
    assert outcome.error is None
    return outcome


def lit(width: int, height: int) -> U8Array:
    """All over the same: its edges can be seen."""
    return np.full((height, width, 3), 150, np.uint8)


def blinds(width: int, height: int) -> U8Array:
    """Half of each edge is as black as what lies beside it: too little to tell it from what is in the picture."""
    return checks(width, height, cell=9, dark=0, light=150)


def checks(width: int, height: int, *, cell: int = 2, dark: int = 40, light: int = 220) -> U8Array:
    """Fields of ``cell`` pixels, uint8, shape (height, width, 3), RGB."""
    rows, columns = np.mgrid[:height, :width] // cell
    return np.broadcast_to(np.where((rows + columns) % 2, light, dark).astype(np.uint8)[..., None], (height, width, 3))


@pytest.mark.parametrize("draw", [lit, blinds])
def test_a_turned_part_is_framed_without_the_bars_beside_it(draw: Callable[[int, int], U8Array], tmp_path: Path) -> None:
    source = changing_size(tmp_path, [(192, 108), (54, 96)], draw, spec=LONG)
    with closing(SoftwareDecoder(source)) as decoder:
        whole = list(decoder)[-1].content
    assert whole is not None
    assert whole.w < 62, "most of the frame is black"
    outcome = run(source, "192x108")
    _, *lines = outcome.job.beside(".tracks.jsonl").read_text(encoding="utf-8").splitlines()
    turned = [json.loads(line)["tiles"] for line in lines[LONG.frames :]]
    assert len(turned) == LONG.frames
    for tiles in turned:
        for tile in tiles.values():
            x, y, w, h = tile["crop"]
            assert whole.x - 0.5 <= x <= x + w <= whole.right + 0.5, tile
            assert whole.y - 0.5 <= y <= y + h <= whole.bottom + 0.5, tile


def test_what_is_recorded_larger_later_is_shown_as_sharp_as_it_is(tmp_path: Path) -> None:
    outcome = run(changing_size(tmp_path, [(80, 46), (320, 184)], checks, spec=LONG), "320x184")
    with av.open(str(outcome.job.output)) as film:
        shown = [frame.to_ndarray(format="gray").astype(float) for frame in film.decode(video=0)]
    assert len(shown) == 2 * LONG.frames
    fine = [float(np.abs(np.diff(picture, axis=1)).mean()) for picture in shown]
    assert min(fine[LONG.frames + 5 :]) > 3 * max(fine[: LONG.frames - 5])
