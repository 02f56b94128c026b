"""Made-up footage of people, with the truth about it: for tests, benchmarks and ``dualface demo``.

Everything is a function of the arguments: the same call paints the same pictures.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from dualface.footage.cast import Actor, load_cast
from dualface.footage.painting import add_grain
from dualface.footage.scenery import furnish
from dualface.footage.scenes import BOARD, SCENES, Key, Scene, Shot, place_at, talk
from dualface.footage.sound import SAMPLE_RATE, melody
from dualface.footage.staging import Placed, paint_placed, place_board, place_person, visible_share
from dualface.media import local_url
from dualface.scheduling import usable_cores
from dualface.types import F32Array, U8Array

_GRAIN_MARGIN = 64
"""The noise picture is so much larger than the footage's, and shown from another place in each frame."""

_HARDLY_SEEN = 0.02
_TALK_BITS_A_PIXEL = 2.0
"""Bits a second for each pixel of a picture: 4.1 Mb/s at 1080p."""

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """What is where.  ``cuts``: frames that start a new shot.

    ``frames``: for each frame and each person in it ``[x, y, w, h, visible]``, the face's box in pixels and its share,
    0…1, that lies inside the picture and is not hidden; people of whom nothing is seen have no entry.
    """

    width: int
    height: int
    fps: float
    cuts: list[int]
    frames: list[dict[str, list[float]]]

    def save(self, path: Path) -> None:
        """Writes it as JSON, by the names of these fields."""
        path.write_text(json.dumps(asdict(self)))


def render_scene(
    path: Path,
    scene: Scene,
    *,
    size: tuple[int, int] = (1280, 720),
    fps: int = 30,
    seconds: float | None = None,
    audio: bool = True,
    grain: float = 0.0,
    crf: int = 20,
    bit_rate: int | None = None,
    cast: Mapping[str, Actor] | None = None,
    heard: F32Array | None = None,
) -> SceneTruth:
    """Writes ``scene`` as H.264, with AAC stereo sound unless ``audio`` is false, to ``path`` (any container).

    ``size``: width and height, even.  ``seconds``: only so much of the scene.  ``grain``: standard deviation of the
    camera's noise in luma steps.  ``crf``: x264's quality, or instead of it ``bit_rate``, bits a second on average.
    ``cast``: who plays A, B, C, D; :func:`load_cast`'s if absent.  ``heard``: another sound, float32, (2, samples), −1…1 at
    48 kHz.
    """
    length = scene.seconds if seconds is None else seconds
    quality = {"crf": str(crf)} if bit_rate is None else {"b": str(bit_rate)}
    stage = Stage(scene, size, fps, grain, cast)
    total = round(length * fps)
    truth = SceneTruth(*size, fps, [n for n in (math.ceil(t * fps - 1e-6) for t in scene.cut_times()) if n < total], [])
    with av.open(local_url(path), "w") as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": "veryfast", **quality})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        context = video.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if audio else None
        for n, (planes, boxes) in enumerate(_in_parallel(stage.picture, total)):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, fps)
            container.mux(video.encode(frame))
            truth.frames.append(boxes)
        container.mux(video.encode(None))
        if sound is not None:
            _write_sound(container, sound, melody(length) if heard is None else heard)
    return truth


def write_demo_clip(path: Path, size: tuple[int, int] = (1280, 720), seconds: float | None = None) -> None:
    """The clip that ``dualface demo`` works on: 12 s or the first ``seconds`` of them, 30 frames/s, stereo sound."""
    render_scene(path, SCENES["demo"], size=size, seconds=seconds, grain=1.2)


def clip_seconds(path: Path) -> float:
    """How long a clip's pictures last that was made here; 0 for what is no such clip."""
    try:
        with av.open(local_url(path)) as container:
            video = container.streams.video[0]
            return float(video.duration * video.time_base) if video.duration and video.time_base else 0.0
    except (av.FFmpegError, IndexError, OSError):
        return 0.0


def write_talk(
    path: Path,
    *,
    size: tuple[int, int] = (1920, 1080),
    seconds: float = 40.0,
    fps: int = 30,
    seed: int = 0,
    script: Callable[[float, int], Scene] = talk,
) -> None:
    """Two people in their seats, talking: ordinary footage, to measure speed on.

    With a camera's noise, and at the bit rate of talk from video platforms, 4 Mb/s at 1080p: what is dear to decode would
    make everything else look cheap.  ``script``: what happens, of the seconds and the seed.
    """
    bit_rate = round(_TALK_BITS_A_PIXEL * size[0] * size[1])
    render_scene(path, script(seconds, seed), size=size, fps=fps, grain=1.0, bit_rate=bit_rate)


class Stage:
    """Makes a scene's pictures, any of them at any time, from any thread; parameters as :func:`render_scene` has them."""

    def __init__(
        self,
        scene: Scene,
        size: tuple[int, int],
        fps: int = 30,
        grain: float = 0.0,
        cast: Mapping[str, Actor] | None = None,
    ) -> None:
        names = {name for shot in scene.shots for name in shot.paths} - {BOARD}
        self.scene, self.size, self.fps = scene, size, fps
        self.cast = load_cast(sorted(names)) if cast is None else cast
        self.rooms = {shot_room: furnish(shot_room[0], *size, shot_room[1]) for shot_room in map(_room_of, scene.shots)}
        rows, columns = size[1] + _GRAIN_MARGIN, size[0] + _GRAIN_MARGIN
        noise = np.random.default_rng(7).normal(0, grain, (rows, columns)) if grain else np.empty((0, 0))
        self.grain = np.clip(np.rint(noise), -127, 127).astype(np.int8)

    def picture(self, n: int) -> tuple[U8Array, dict[str, list[float]]]:
        """Frame ``n``: its planes as uint8, (h * 3/2, w), yuv420p; and its entry in the truth."""
        return self.picture_at(n / self.fps, n)

    def picture_at(self, time: float, n: int) -> tuple[U8Array, dict[str, list[float]]]:
        """The same of frame ``n`` at a ``time`` of its own, in seconds."""
        width, height = self.size
        shot = self.scene.shot_at(time)
        room = self.rooms[_room_of(shot)]
        planes = np.empty((height * 3 // 2, width), np.uint8)
        luma, chroma = planes[:height][None], planes[height:].reshape(2, height // 2, width // 2)
        luma[:], chroma[:] = room.luma, room.chroma
        placed = {name: self._place(name, place_at(path, time), time) for name, path in shot.paths.items()}
        for one in placed.values():
            paint_placed(luma, chroma, one)
        luma[:, room.desk_row :] = room.luma[:, room.desk_row :]
        chroma[:, room.desk_row // 2 :] = room.chroma[:, room.desk_row // 2 :]
        if self.grain.size:
            row, column = np.random.default_rng(n).integers(0, _GRAIN_MARGIN, 2).tolist()
            add_grain(luma, self.grain, row, column)
        return planes, _boxes(placed, width, height)

    def _place(self, name: str, place: Key, time: float) -> Placed:
        if name == BOARD:
            return place_board(place, *self.size)
        return place_person(self.cast[name], place, time, *self.size)


def _room_of(shot: Shot) -> tuple[int, bool]:
    return shot.wall, shot.desk


def _boxes(placed: Mapping[str, Placed], width: int, height: int) -> dict[str, list[float]]:
    """A frame's entry in the truth; who comes later in ``placed`` stands in front."""
    boxes = {}
    everyone = list(placed.values())
    for k, (name, one) in enumerate(placed.items()):
        if one.face is None:
            continue
        share = visible_share(one.face, everyone[k + 1 :], width, height)
        if share > _HARDLY_SEEN:
            boxes[name] = [*(round(n, 1) for n in one.face), round(share, 3)]
    return boxes


def _in_parallel(make: Callable[[int], _Made], total: int) -> Iterator[_Made]:
    """``make(0)``, ``make(1)``, … in order, made ahead on as many threads as there are cores."""
    workers = usable_cores()
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[_Made]] = deque()
        for n in range(total):
            waiting.append(pool.submit(make, n))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write_sound(container: OutputContainer, stream: AudioStream, samples: F32Array) -> None:
    for first in range(0, samples.shape[1], 1024):
        chunk = np.ascontiguousarray(samples[:, first : first + 1024])
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, first
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
