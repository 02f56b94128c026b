"""How fast each stage is on this machine, alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from dualface.config.schema import Config
from dualface.direct.layouts.chosen import arranged
from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.frames import Surface
from dualface.gpu.pool import Loan
from dualface.interfaces import Decoder
from dualface.observe.detect.input_size import detector_input_size
from dualface.pixels.source import Normalisation
from dualface.types import Box, Frame, Person, Placement, Tile, TileState
from dualface.video.canvas import Canvas
from dualface.video.shared_models import SharedModels

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

    What a GPU was asked for counts when it is done.
    Raises what decoder, composer, encoder and models raise.
    """
    device, processing = models.device, config.processing
    with closing(device.decoder(source, processing.decode_threads, processing.decoder)) as decoder:
        info = decoder.get_video_info()
        yield StageSpeed("decode", _decoding_rate(decoder, seconds), "every frame")
    detector = models.detector(info.width, info.height)
    width, height = detector_input_size(info.width, info.height, config.detection.input_size)
    with (
        closing(device.decoder(source, processing.decode_threads, processing.decoder)) as decoder,
        closing(Canvas(info, config, device)) as canvas,
    ):
        frames = list(islice(decoder, _FRAMES))
        placements = [_head_and_shoulders(tile, info.width, info.height) for tile in arranged(config.framing)]

        def rate(work: Callable[[int, Frame], object]) -> float:
            return _rate(work, frames, seconds)

        looked_at = f"at least every {config.detection.interval_seconds:g} s"
        yield StageSpeed("picture to find cuts in", rate(lambda _, frame: device.pixels.thumbnail(frame)), "every frame")
        pictures = rate(lambda _, frame: device.pixels.pictures([frame], width, height, Normalisation()))
        yield StageSpeed("picture for the detector", pictures, looked_at)
        yield StageSpeed("that and finding faces", rate(lambda _, frame: detector.detect([frame])), looked_at)
        composed = rate(lambda _, frame: _composed(canvas, frame, placements))
        yield StageSpeed("compose", composed, "every frame")
        frames = [canvas.composer.compose(frame, placements) for frame in frames]
        step = round(1 / info.fps / info.time_base) if info.fps else 1
        encoded = rate(lambda n, frame: canvas.encoder.encode(replace(frame, index=n, pts=n * step)))
        yield StageSpeed("encode", encoded, "every frame")


def measured(source: Path, config: Config) -> tuple[str, list[StageSpeed]]:
    """The name of the device that the configuration chooses, and each stage on it.  Raises as :func:`measure_stages`."""
    with closing(SharedModels(config)) as models:
        return models.device.name, list(measure_stages(source, config, models))


def _decoding_rate(decoder: Decoder, seconds: float) -> float:
    frames = iter(decoder)
    next(frames, None)  # opening took its time already
    started, count, owner = time.perf_counter(), 0, None
    for frame in frames:
        count, owner = count + 1, frame.owner
        if time.perf_counter() - started >= seconds:
            break
    _finish(owner)
    return count / (time.perf_counter() - started)


def _rate(work: Callable[[int, Frame], object], frames: list[Frame], seconds: float) -> float:
    """Frames a second that go through ``work``, which is told how many there were before."""
    count, made = 0, None
    for count, frame in enumerate(frames, 1):  # what is loaded or compiled at first use
        made = work(count, frame)
    _finish(made)
    started, warm = time.perf_counter(), count
    while time.perf_counter() - started < seconds:
        count += 1
        made = work(count, frames[count % len(frames)])
    _finish(made)
    return (count - warm) / (time.perf_counter() - started)


def _composed(canvas: Canvas, frame: Frame, placements: Sequence[Placement]) -> object:
    """Composes and gives back; what held the picture, so that it can be waited for."""
    picture = canvas.composer.compose(frame, placements)
    owner = picture.owner
    canvas.composer.recycle(picture)
    return owner


def _finish(made: object) -> None:
    """Waits for what is made on a GPU's stream, and with it for all that the stream was asked before."""
    if isinstance(made, DeviceBatch):
        made.stream.synchronize()
    elif isinstance(made, Loan | Surface) and made.ready is not None:
        made.ready.synchronize()


def _head_and_shoulders(tile: Tile, width: int, height: int) -> Placement:
    """A framing of somebody in a seat, at a fraction of a pixel."""
    tall = min(0.83 * height, 0.45 * width * tile.at.h / tile.at.w)
    wide = tall * tile.at.w / tile.at.h
    left = (0.26 if tile.person is Person.LEFT else 0.74) * width - wide / 2
    crop = Box(min(max(left, 0.25), width - wide), 0.1 * height, wide, tall)
    return Placement(tile.at, crop, tile.person, TileState.TRACKED, 1)
