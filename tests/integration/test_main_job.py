"""The main job on people: right persons in their tiles, steady cameras, sound in sync, for every way to set it up."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.integration.conftest import Run
from tests.support.shared import made_once

from dualface.events import Event, VideoFinished, VideoProgress, VideoStarted
from dualface.footage.render import SceneTruth, render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Status, VideoOutcome
from dualface.types import U8Array

SIZE = (640, 360)
TILES = {"left": "A", "right": "B"}


@dataclass(frozen=True)
class Played:
    truth: SceneTruth
    source: Path
    outcome: VideoOutcome

    @property
    def lines(self) -> list[dict[str, Any]]:
        text = self.outcome.job.beside(".tracks.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()[1:]]


def play(name: str, folder: Path, run: Run, *, seconds: float | None = None, fps: int = 30, **keys: str) -> Played:
    source = folder / f"{name}.mp4"
    truth = render_scene(source, SCENES[name], size=SIZE, fps=fps, seconds=seconds)
    return Played(truth, source, run([source], folder / "out", **keys)[0])


@pytest.fixture(scope="module")
def interview(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Played:
    def make(folder: Path) -> Played:
        return play("interview", folder, run, seconds=4, framing__size="640x360")

    return made_once(tmp_path_factory, "main-job", make)


def shares(played: Played) -> tuple[float, float]:
    """Of the frames in which a person is well seen: share with the person in the right tile; with somebody else there."""
    seen = right = wrong = 0
    for faces, line in zip(played.truth.frames, played.lines, strict=True):
        for tile, person in TILES.items():
            view = line["tiles"].get(tile, {"crop": (0, 0, 0, 0), "state": "absent"})
            x, y, w, h = view["crop"]
            centres = {p: (b[0] + b[2] / 2, b[1] + b[3] / 2) for p, b in faces.items() if b[4] >= 0.5}
            inside = {p: abs(cx - x - w / 2) for p, (cx, cy) in centres.items() if x <= cx <= x + w and y <= cy <= y + h}
            shown = min(inside, key=lambda p: inside[p]) if inside else None
            if person in centres:
                seen += 1
                right += shown == person and view["state"] == "tracked"
                wrong += view["state"] == "tracked" and shown not in (None, person)
    return right / seen, wrong / seen


def test_each_person_is_in_the_right_tile_of_a_quiet_talk(interview: Played) -> None:
    assert interview.outcome.status is Status.DONE
    assert shares(interview) == (1.0, 0.0)


LONG = [pytest.param(name, marks=pytest.mark.slow) for name in ("crowd", "bounce", "leave_return", "swap_cut")]


@pytest.mark.parametrize("name", ["cuts", *LONG])
def test_and_stays_there_whatever_happens(name: str, run: Run, tmp_path: Path) -> None:
    right, wrong = shares(play(name, tmp_path, run, fps=10, framing__size="320x180"))
    assert right >= 0.97
    assert wrong <= 0.01


def test_every_frame_is_encoded_once_with_its_own_timestamp(interview: Played) -> None:
    with av.open(str(interview.source)) as before, av.open(str(interview.outcome.job.output)) as after:
        old = [float(p.pts * p.time_base) for p in before.demux(video=0) if p.pts is not None and p.time_base]
        new = [float(p.pts * p.time_base) for p in after.demux(video=0) if p.pts is not None and p.time_base]
    np.testing.assert_allclose(sorted(new), sorted(old), atol=1e-6)


def test_the_sound_is_copied_bit_for_bit(interview: Played) -> None:
    def sound(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert sound(interview.outcome.job.output) == sound(interview.source)


def test_the_picture_shows_what_the_tracks_file_says(interview: Played) -> None:
    with av.open(str(interview.source)) as before, av.open(str(interview.outcome.job.output)) as after:
        for n, (old, new) in enumerate(zip(before.decode(video=0), after.decode(video=0), strict=True)):
            if n % 30:
                continue
            for side, x0 in (("left", 0), ("right", 320)):
                x, y, w, h = (round(v) for v in interview.lines[n]["tiles"][side]["crop"])
                luma: U8Array = np.ascontiguousarray(old.to_ndarray()[: SIZE[1]][y : y + h, x : x + w], np.uint8)
                tile = av.VideoFrame.from_ndarray(luma, "gray").reformat(320, 360, interpolation="BICUBIC")
                expected = tile.to_ndarray().astype(float)
                shown = new.to_ndarray()[: SIZE[1], x0 : x0 + 320].astype(float)
                assert 10 * math.log10(255**2 / np.mean((shown - expected) ** 2)) > 28


def test_cameras_are_steady_and_stay_inside_the_source(interview: Played) -> None:
    for side in TILES:
        crops = np.array([line["tiles"][side]["crop"] for line in interview.lines])
        centres = crops[:, :2] + crops[:, 2:] / 2
        jolts = np.linalg.norm(np.diff(centres, 2, axis=0), axis=1) * 960 / crops[2:, 2]
        assert np.percentile(jolts, 95) < 3
        assert (crops[:, :2] >= -1e-6).all()
        assert (crops[:, 0] + crops[:, 2] <= SIZE[0] + 1e-3).all()
        assert (crops[:, 1] + crops[:, 3] <= SIZE[1] + 1e-3).all()


@pytest.mark.slow
def test_people_who_cross_exchange_tiles_only_by_the_position_rule(run: Run, tmp_path: Path) -> None:
    played = play("cross", tmp_path, run, seconds=5, framing__size="320x180", tracking__sides="position", reid__mode="never")
    first, last = played.lines[0], played.lines[-1]

    def left_person(line: dict[str, Any]) -> int:
        return int(line["tiles"]["left"]["track"])

    boxes = {face["track"]: face["box"] for face in last["faces"]}
    assert len(first["faces"]) == len(boxes) == 2
    assert boxes[left_person(last)][0] == min(box[0] for box in boxes.values())


@pytest.mark.parametrize(
    ("keys", "codec", "size"),
    [
        ({"framing__layout": "stacked"}, "h264", (1080, 1920)),
        ({"framing__size": "640x360", "framing__gap": "16", "framing__background": "#203040"}, "h264", (640, 360)),
        ({"framing__size": "640x360", "framing__caption_left": "Ann", "framing__caption_right": "Zoë"}, "h264", (640, 360)),
        ({"framing__size": "320x180", "encoding__codec": "hevc", "encoding__container": "mkv"}, "hevc", (320, 180)),
        ({"framing__size": "320x180", "encoding__codec": "av1"}, "av1", (320, 180)),
        ({"framing__size": "320x180", "encoding__container": "mov"}, "h264", (320, 180)),
        ({"framing__size": "320x180", "detection__backend": "onnxruntime"}, "h264", (320, 180)),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else str(value),
)
@pytest.mark.slow
def test_layouts_codecs_and_containers(
    keys: dict[str, str], codec: str, size: tuple[int, int], run: Run, tmp_path: Path
) -> None:
    outcome = play("interview", tmp_path, run, seconds=1, fps=30, **keys).outcome
    assert outcome.error is None
    with av.open(str(outcome.job.output)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name.removeprefix("lib"), video.width, video.height) in {
            (name, *size) for name in (codec, f"{codec}dav1d", "dav1d" if codec == "av1" else codec)
        }
        assert len(container.streams.audio) == 1
        assert sum(1 for _ in container.decode(video)) == 30


@pytest.mark.slow
def test_one_person_alone_gets_a_warning_and_the_whole_scene_beside(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "alone.mp4"
    render_scene(source, SCENES["cuts"], size=SIZE, seconds=4)
    with av.open(str(source)) as whole, av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for n, frame in enumerate(itertools.islice(whole.decode(video=0), 90, 105)):
            frame.pts, frame.pict_type = n, 0
            frame.time_base = Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    outcome = run([tmp_path / "a.mp4"], tmp_path / "out", framing__size="320x180")[0]
    assert outcome.status is Status.DEGRADED
    assert any("only one person" in warning for warning in outcome.summary["warnings"])
    states = {side: tile for side, tile in outcome.summary["tiles"].items() if tile["tracked"] > 0.9}
    assert len(states) == 1
    assert next(t for s, t in outcome.summary["tiles"].items() if s not in states)["absent"] == 1.0


@pytest.mark.slow
def test_events_tell_the_beginning_the_progress_and_the_end(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    render_scene(source, SCENES["interview"], size=SIZE, seconds=1)
    events: list[Event] = []
    run([source, tmp_path / "missing.mp4"], tmp_path / "out", events=events, framing__size="320x180")
    kinds = [type(event) for event in events]
    assert kinds.count(VideoStarted) == 1
    assert kinds.count(VideoFinished) == 2
    assert any(isinstance(event, VideoProgress) and event.frames > 0 for event in events)
