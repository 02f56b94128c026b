"""How well people keep their tiles in real footage that is labelled, beside other trackers with the same detector.

dualface is measured as a run makes it: observed, who is who decided over the whole film, planned.  The others get the same
detector's faces, small ones in parts of the picture too, of every frame; a track belongs to the tile of the side where it first
was, and a tile shows the tallest face of its tracks, or stays where it was.  They know nothing of cuts and of shots with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bench_identity import Remembering, configured, contenders, followed
from benchmarks.real_labels import Labels, is_real
from benchmarks.real_score import RealScore, score

from dualface.config.schema import Config
from dualface.decode.software import SoftwareDecoder
from dualface.direct.active_parts import with_settled_parts
from dualface.direct.director import plan_all
from dualface.direct.identity.whole import name_tracks, renamed
from dualface.interfaces import Detector
from dualface.observe.detect.tiled import TiledDetector
from dualface.pixels.thumbnail import thumbnail
from dualface.types import Box, Detection, FramePlan, Observation, Person, Placement, Rect, TileState, VideoInfo
from dualface.video.analysis import open_observer, rate_of
from dualface.video.shared_models import SharedModels

MARK = "<!-- real footage, made by benchmarks/bench_identity.py -->"
OURS = "**dualface**"
_CANVAS = {Person.LEFT: Rect(0, 0, 960, 1080), Person.RIGHT: Rect(960, 0, 960, 1080)}


class RealClip(NamedTuple):
    """A film, and the file of its labels."""

    clip: Path
    labels: Path


def real_clips(clips: Path, labels: Path) -> list[RealClip]:
    """The clips in a folder that have labels of real footage in the other one, in the order of names."""
    pairs = [RealClip(clip, labels / f"{clip.stem}.json") for clip in sorted(clips.glob("*.mp4"))]
    return [pair for pair in pairs if is_real(pair.labels)]


def bench(clips: Sequence[RealClip], models: SharedModels) -> dict[str, dict[str, RealScore]]:
    """Runs every method on every clip: the scores by method and clip."""
    config = configured()
    scores: dict[str, dict[str, RealScore]] = {}
    for clip, path in clips:
        labels = Labels.read(path)
        info = SoftwareDecoder(clip).get_video_info()
        detector = Remembering(models.detector(info.width, info.height))
        faces = list(_every_face(clip, detector, labels))
        made: dict[str, Sequence[FramePlan]] = {OURS: ours(clip, info, config, models, detector)}
        made |= {name: theirs(faces, make(), info) for name, make in contenders().items()}
        for name, plans in made.items():
            scores.setdefault(name, {})[clip.stem] = score(labels, plans)
        print(clip.stem, *(f"{of[clip.stem].identity:.3f}" for of in scores.values()), flush=True)
    return scores


def ours(clip: Path, info: VideoInfo, config: Config, models: SharedModels, detector: Detector) -> list[FramePlan]:
    """What dualface shows."""
    recogniser = models.recogniser("conditional", print)
    assert recogniser is not None
    observer = open_observer(info, config, detector=detector, thumbnail=thumbnail, recogniser=recogniser)
    seen: list[Observation] = []
    for frame in SoftwareDecoder(clip):
        seen += [one.observation for one in observer.push(frame)]
    seen += [one.observation for one in observer.flush()]
    identities = name_tracks(seen, info.width, info.height, scale=recogniser.scale)
    return plan_all(with_settled_parts(renamed(seen, identities)), info.width, info.height, rate_of(info), config)


def _every_face(clip: Path, detector: Detector, labels: Labels) -> Iterator[list[Detection]]:
    """Of each frame; that shots begin is known from the labels, so that nobody misses small faces for a missed cut."""
    tiled = TiledDetector(detector)
    for frame in SoftwareDecoder(clip):
        if frame.index in labels.cuts:
            tiled.start_shot()
        yield tiled.detect([frame])[0]


def theirs(faces: Sequence[Sequence[Detection]], tracker: Any, info: VideoInfo) -> list[FramePlan]:
    """A split screen all the time, as other trackers would make it."""
    whole = Box(0.0, 0.0, float(info.width), float(info.height))
    last = {side: Placement(at, whole, side, TileState.STAND_IN) for side, at in _CANVAS.items()}
    plans = []
    for n, shown in enumerate(followed(faces, tracker, info.width)):
        for side, crop in shown.items():
            if crop is not None:
                last[side] = Placement(_CANVAS[side], crop, side, TileState.TRACKED)
            elif last[side].state is TileState.TRACKED:
                last[side] = replace(last[side], state=TileState.HELD)
        plans.append(FramePlan(n, n / rate_of(info), False, "split", tuple(last.values())))
    return plans


def tables(scores: Mapping[str, Mapping[str, RealScore]]) -> Iterator[str]:
    """Markdown: a row for each method, and a row for each clip."""
    totals = {name: _total(list(of.values())) for name, of in scores.items()}
    frames = totals[OURS].frames
    yield f"### Real footage\n\n{len(scores[OURS])} clips, {frames} frames. Shares in per cent.\n\n"
    yield _row("", "identity", "wrong", "doubled", "lost", "without a tile", "cuts missing / too many", "shake")
    yield _row(*["---"] * 8)
    for name, one in totals.items():
        cuts = f"{one.cuts_missing} / {one.cuts_extra}" if name == OURS else "–"
        shares = (one.identity, one.wrong_share, one.doubled_share, one.lost_share, one.untiled_share)
        yield _row(name, *(f"{100 * share:.1f}" for share in shares), cuts, f"{one.shake:.2f}")
    yield "\nIdentity / wrong of each clip, and dualface's shake:\n\n"
    yield _row("", *scores, "shake")
    yield _row(*["---"] * (len(scores) + 2))
    for clip in scores[OURS]:
        each = (of[clip] for of in scores.values())
        told = [f"{100 * one.identity:.1f} / {100 * one.wrong_share:.1f}" for one in each]
        yield _row(clip, *told, f"{scores[OURS][clip].shake:.2f}")
    yield "\n"


def _total(scores: Sequence[RealScore]) -> RealScore:
    total = RealScore()
    for one in scores:
        total.include(one)
    return total


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
