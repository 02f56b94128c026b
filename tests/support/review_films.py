"""Films to review: footage, what is seen in it (by its own truth, so that no model is needed), and the film made of both."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av

from dualface.api.plans import Analysis
from dualface.config.schema import Config
from dualface.footage.render import SceneTruth, render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import write_observations
from dualface.records.plan_file import write_plan
from dualface.review.access import Access
from dualface.review.desk import Desk
from dualface.review.library import Library
from dualface.review.serving import ReviewServer
from dualface.types import Box, FramePlan, Observation, ObservedFace, Person, Speech, Talk
from dualface.video.made_from import source_digest

SIZE, FPS, SECONDS = (320, 180), 25, 4.0
CUT = 63
"""The frame that begins the second shot, in which A is alone."""
_LEAST = 0.5
Frame = TypeVar("Frame", Observation, FramePlan)
_WHO = {"A": Person.LEFT, "B": Person.RIGHT}


def write_source(path: Path, seconds: float = SECONDS) -> SceneTruth:
    """Two people, then each of them alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return render_scene(path, SCENES["cuts"], size=SIZE, fps=FPS, seconds=seconds, crf=16)


def analysis_of(source: Path, truth: SceneTruth, **settings: object) -> Analysis:
    """What would be seen in footage."""
    config = Config.defaults().changed(
        **{
            "framing__size": "320x180",
            "framing__caption_left": "Ann",
            "framing__caption_right": "Bob",
            "encoding__preset": "superfast",
        }
        | settings
    )
    header = RecordHeader(
        source, truth.width, truth.height, Fraction(truth.fps), config.model_dump(mode="json"), source_digest(source)
    )
    return Analysis(header, tuple(_observations(truth)))


def write_film(
    folder: Path,
    name: str = "talk",
    *,
    suffix: str = ".mp4",
    render: bool = False,
    talks: Sequence[Talk] = (),
    **settings: object,
) -> Path:
    """A source, ``folder/name.mp4``, and its analysis in ``folder/out``, with ``render`` the film too; returns that folder.

    ``talks``: who speaks, each for as long; nobody has found it out where there are none.
    """
    source, out = folder / f"{name}{suffix}", folder / "out"
    out.mkdir(exist_ok=True)
    analysis = analysis_of(source, write_source(source), **settings)
    if talks:
        analysis = replace(analysis, observations=tuple(_spoken(analysis.observations, talks)))
    if render:
        analysis.plan().render(out / f"{name}.mp4")
    else:
        analysis.save(out / f"{name}{OBSERVATIONS_SUFFIX}")
    return out


@contextmanager
def served(shown: Path, access: Access | None = None, port: int = 0) -> Iterator[ReviewServer]:
    """The server, in a thread of its own."""
    server = ReviewServer(Desk(Library(shown)), access or Access(), port=port)
    thread = threading.Thread(target=server.serve_films, name="review-server")
    thread.start()
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join()


def _observations(truth: SceneTruth) -> Iterator[Observation]:
    shot = 0
    for n, people in enumerate(truth.frames):
        shot += n in truth.cuts
        faces = tuple(
            ObservedFace(10 * shot + k, Box(*box), 0.9, _WHO[name])
            for k, (name, (*box, visible)) in enumerate(sorted(people.items()), 1)
            if name in _WHO and visible > _LEAST
        )
        yield Observation(n, n / truth.fps, n in truth.cuts, faces)


def _spoken(seen: Sequence[Observation], talks: Sequence[Talk]) -> Iterator[Observation]:
    for n, one in enumerate(seen):
        yield replace(one, speech=Speech(talks[n * len(talks) // len(seen)], 0.9))


def write_long_film(folder: Path, hours: float) -> Path:
    """As :func:`write_film` does, but hours of it: the same seconds again and again; returns the folder of the analysis."""
    out = write_film(folder, "short")
    analysis = Analysis.load(out / f"short{OBSERVATIONS_SUFFIX}")
    times = round(hours * 3600 / SECONDS)
    source = folder / "long.mp4"
    repeat_packets(folder / "short.mp4", source, times, SECONDS)
    header = replace(analysis.header, source=source, fingerprint=source_digest(source))
    write_observations(out / f"long{OBSERVATIONS_SUFFIX}", header, repeated(analysis.observations, times, FPS, [CUT]))
    write_plan(out / f"long{PLAN_SUFFIX}", header, list(repeated(analysis.plan().frames, times, FPS, [CUT])))
    (out / f"short{OBSERVATIONS_SUFFIX}").unlink()
    return out


def repeated(frames: Sequence[Frame], times: int, fps: int, cuts: Sequence[int]) -> Iterator[Frame]:
    """Observations or plans of the same seconds, ``times`` times, with a cut wherever they begin again, and at ``cuts``."""
    for n in range(times * len(frames)):
        place = n % len(frames)
        yield replace(frames[place], index=n, time=n / fps, cut=n > 0 and (place == 0 or place in cuts))


def repeat_packets(film: Path, path: Path, times: int, seconds: float) -> None:
    """Writes the pictures of a film that is ``seconds`` long ``times`` times, without encoding them again."""
    with av.open(str(film)) as once:
        video = once.streams.video[0]
        packets = [(bytes(one), one.pts or 0, one.dts or 0, one.is_keyframe) for one in once.demux(video) if one.size]
        step = round(seconds / (video.time_base or 1))
        with av.open(str(path), "w") as out:
            stream = out.add_stream_from_template(video)
            for k in range(times):
                for content, pts, dts, key in packets:
                    packet: Any = av.Packet(content)
                    packet.pts, packet.dts, packet.is_keyframe = pts + k * step, dts + k * step, key
                    packet.time_base, packet.stream = video.time_base, stream
                    out.mux(packet)
