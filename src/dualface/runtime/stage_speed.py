"""How fast each stage is on this machine, alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from dualface.config.schema import Config
from dualface.detect.input_size import detector_input_size
from dualface.interfaces import Decoder
from dualface.pixels.source import Normalisation
from dualface.runtime.engines import SharedModels
from dualface.runtime.output import Canvas
from dualface.types import Box, Frame, Rect, Side, TileState, TileView

_FRAMES = 8
"""Frames that every stage but the decoder works on, again and again."""


@dataclass(frozen=True, slots=True)
class StageSpeed:
    """``fps``: frames a second.  ``use``: which frames go through the stage in a run."""

    stage: str
    fps: float
    use: str


def measure_stages(source: Path, config: Config, models: SharedModels, *, seconds: float = 1.5) -> Iterator[StageSpeed]:
    """Measures one stage after the other, each for ``seconds``, with the stage's own threads, on frames of ``source``.

    Raises what decoder, composer, encoder and models raise.
    """
    device = models.device
    with closing(device.decoder(source, config.processing.decode_threads)) as decoder:
        info = decoder.get_video_info()
        yield StageSpeed("decode", _decoding_rate(decoder, seconds), "every frame")
    detector = models.detector(info.width, info.height)
    width, height = detector_input_size(info.width, info.height, config.detection.input_size)
    with (
        closing(device.decoder(source, config.processing.decode_threads)) as decoder,
        closing(Canvas(info, config, device)) as canvas,
    ):
        frames = list(islice(decoder, _FRAMES))
        views = {side: _head_and_shoulders(side, info.width, info.height, tile) for side, tile in canvas.tiles.items()}

        def rate(work: Callable[[int, Frame], object]) -> float:
            return _rate(work, frames, seconds)

        looked_at = f"at least every {config.detection.interval_seconds:g} s"
        yield StageSpeed("picture to find cuts in", rate(lambda _, frame: device.pixels.thumbnail(frame)), "every frame")
        pictures = rate(lambda _, frame: device.pixels.pictures([frame], width, height, Normalisation()))
        yield StageSpeed("picture for the detector", pictures, looked_at)
        yield StageSpeed("that and finding faces", rate(lambda _, frame: detector.detect([frame])), looked_at)
        composed = rate(lambda _, frame: canvas.composer.recycle(canvas.composer.compose(frame, views)))
        yield StageSpeed("compose", composed, "every frame")
        frames = [canvas.composer.compose(frame, views) for frame in frames]
        step = round(1 / info.fps / info.time_base) if info.fps else 1
        encoded = rate(lambda n, frame: canvas.encoder.encode(replace(frame, index=n, pts=n * step)))
        yield StageSpeed("encode", encoded, "every frame")


def _decoding_rate(decoder: Decoder, seconds: float) -> float:
    frames = iter(decoder)
    next(frames, None)  # opening took its time already
    started, count = time.perf_counter(), 0
    for _ in frames:
        count += 1
        if time.perf_counter() - started >= seconds:
            break
    return count / (time.perf_counter() - started)


def _rate(work: Callable[[int, Frame], object], frames: list[Frame], seconds: float) -> float:
    """Frames a second that go through ``work``, which is told how many there were before."""
    count = 0
    for count, frame in enumerate(frames, 1):  # what is loaded or compiled at first use
        work(count, frame)
    started, warm = time.perf_counter(), count
    while time.perf_counter() - started < seconds:
        count += 1
        work(count, frames[count % len(frames)])
    return (count - warm) / (time.perf_counter() - started)


def _head_and_shoulders(side: Side, width: int, height: int, tile: Rect) -> TileView:
    """A framing of somebody in a seat, at a fraction of a pixel."""
    tall = min(0.83 * height, 0.45 * width * tile.h / tile.w)
    wide = tall * tile.w / tile.h
    left = (0.26 if side is Side.LEFT else 0.74) * width - wide / 2
    return TileView(Box(min(max(left, 0.25), width - wide), 0.1 * height, wide, tall), TileState.TRACKED, 1)
