"""How well people keep their tiles, and what it costs: re-identification always, conditional and never, beside other trackers.

    python -m benchmarks.bench_identity [--clips DIR ... --labels DIR ...] [--write docs/identity.md]

Scenes are made from the test footage's own portraits.  Other footage comes by ``--clips``, folders of NAME.mp4; the folders of
``--labels``, one for each, hold NAME.gt.json: {"fps", "width", "height", "frames": [{person: [x, y, w, h, visible]}]}, A and B
being the principals; or, of real footage, NAME.json as :mod:`benchmarks.real_labels` has it.  Without ``--labels`` they stand
beside the clips.  Where only real footage is given, no scenes are made.  That is ``make bench-identity CLIPS=DIR LABELS=DIR``.

ByteTrack, OC-SORT and BoT-SORT are those of Roboflow's package ``trackers`` at its own defaults.  They get the same detector's
faces, of every frame; a track belongs to the tile of the side where it first was, and a tile shows the tallest face of its
tracks.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from benchmarks.identity_score import Score, Shown, Truth

from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.decode.software import SoftwareDecoder
from dualface.footage.hard_scenes import HARD_SCENES
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.interfaces import Detector, Embedder
from dualface.observe.people.reid import Mode
from dualface.pixels.thumbnail import thumbnail
from dualface.types import Box, Detection, F32Array, Frame, Person, TileState
from dualface.video.analysis import open_analysis
from dualface.video.films import FIRST
from dualface.video.shared_models import SharedModels

MARK = "<!-- made by benchmarks/bench_identity.py -->"
LEAST_SCORE = 0.2


class LabelledClip(NamedTuple):
    """A film, and the truth about it."""

    clip: Path
    labels: Path


@dataclass
class Method:
    """What one way to keep people apart has achieved."""

    name: str
    total: Score = field(default_factory=Score)
    scenes: dict[str, list[float]] = field(default_factory=dict)
    active: int = 0
    looking_seconds: float = 0.0

    def add(self, scene: str, truth: Sequence[Truth], shown: Sequence[Shown], fps: float) -> None:
        one = Score()
        for score in (one, self.total):
            score.add(truth, shown, fps)
        self.scenes.setdefault(scene, []).append(one.identity)

    @property
    def worst(self) -> tuple[float, str]:
        return min((min(values), name) for name, values in self.scenes.items())


class Remembering:
    """A detector that looks at each frame of a scene once; parts of frames are not remembered."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._found: dict[int, list[Detection]] = {}
        self._size: tuple[int, int] | None = None

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [self._detected(frame) for frame in frames]

    def _detected(self, frame: Frame) -> list[Detection]:
        size = (frame.width, frame.height)
        self._size = self._size or size
        if size != self._size:
            return self._detector.detect([frame])[0]
        if frame.index not in self._found:
            self._found[frame.index] = self._detector.detect([frame])[0]
        return self._found[frame.index]

    def close(self) -> None:
        """The detector belongs to all scenes."""


class Timed:
    """An embedder that counts its time."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self.dimensions, self.seconds = embedder, embedder.dimensions, 0.0

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        started = time.perf_counter()
        vectors = self._embedder.embed(frame, faces)
        self.seconds += time.perf_counter() - started
        return vectors

    def close(self) -> None:
        """The embedder belongs to all scenes."""


def configured(**keys: str) -> Config:
    flags = [("--set", key.replace("__", "."), value) for key, value in keys.items()]
    nowhere = Path(tempfile.gettempdir()) / "dualface-no-config"
    return HybridConfigManager(flags=flags, environment={}, working_dir=nowhere, config_dir=nowhere).load_optimal_config()


def ours(source: Path, config: Config, models: SharedModels, detector: Detector, method: Method) -> list[Shown]:
    """The tiles' crops as dualface decides them."""
    decoder = SoftwareDecoder(source)
    mode: Mode = config.reid.mode
    recogniser = models.recogniser(mode, print)
    timed = Timed(models.embedder())
    if recogniser is not None:
        recogniser = replace(recogniser, embedder=timed)
    info = decoder.get_video_info()
    analysis = open_analysis(info, {FIRST: config}, detector=detector, thumbnail=thumbnail, recogniser=recogniser)
    planned = [one for frame in decoder for one in analysis.push(frame)] + analysis.flush()
    method.active += sum(one.observation.reid for one in planned)
    method.looking_seconds += timed.seconds
    tracked = TileState.TRACKED
    shown = ([p for p in one.plan.placements if p.person is not None] for one in planned)
    return [{p.person: p.crop if p.state is tracked else None for p in placements if p.person} for placements in shown]


def contenders() -> dict[str, Callable[[], Any]]:
    """The other trackers."""
    import trackers

    return {
        "ByteTrack (`trackers`)": trackers.ByteTrackTracker,
        "OC-SORT (`trackers`)": trackers.OCSORTTracker,
        "BoT-SORT (`trackers`)": lambda: trackers.BoTSORTTracker(enable_cmc=False),
    }


def theirs(source: Path, tracker: Any, detector: Detector) -> list[Shown]:
    """The tiles' crops as another tracker makes them."""
    decoder = SoftwareDecoder(source)
    return followed((detector.detect([frame])[0] for frame in decoder), tracker, decoder.get_video_info().width)


def followed(found: Iterable[Sequence[Detection]], tracker: Any, width: int) -> list[Shown]:
    """The tiles' crops where each track keeps the side on which it began; ``found``: the faces of each frame."""
    import supervision

    sides: dict[int, Person] = {}
    shown: list[Shown] = []
    for every in found:
        faces = [face for face in every if face.score >= LEAST_SCORE]
        corners = np.array([[f.box.x, f.box.y, f.box.right, f.box.bottom] for f in faces], np.float32).reshape(-1, 4)
        scores = np.array([f.score for f in faces], np.float32)
        tracked = tracker.update(supervision.Detections(corners, confidence=scores, class_id=np.zeros(len(faces), int)))
        tiles: dict[Person, Box | None] = dict.fromkeys(Person)
        for (x0, y0, x1, y1), track in zip(tracked.xyxy.tolist(), tracked.tracker_id.tolist(), strict=True):
            if track < 0:
                continue
            crop = _crop(Box(x0, y0, x1 - x0, y1 - y0))
            side = sides.setdefault(track, Person.LEFT if crop.cx < width / 2 else Person.RIGHT)
            if (held := tiles[side]) is None or crop.h > held.h:
                tiles[side] = crop
        shown.append(tiles)
    return shown


def _crop(face: Box) -> Box:
    """A tile's view of a face, head and shoulders."""
    height = 3.0 * face.h
    width = height * 960 / 1080
    return Box(face.cx - width / 2, face.cy - height / 3, width, height)


def bench(scenes: Sequence[LabelledClip], models: SharedModels) -> list[Method]:
    """Runs every method on every scene."""
    modes = {
        "always": configured(reid__mode="always"),
        "**conditional** (default)": configured(),
        "never": configured(reid__mode="never"),
        "`sides: position`": configured(reid__mode="never", tracking__sides="position"),
    }
    others = contenders()
    methods = {name: Method(name) for name in (*modes, *others)}
    for source, labels in scenes:
        truth, scene = json.loads(labels.read_text(encoding="utf-8")), source.stem
        detector = Remembering(models.detector(truth["width"], truth["height"]))
        for name, config in modes.items():
            shown = ours(source, config, models, detector, methods[name])
            methods[name].add(scene, truth["frames"], shown, truth["fps"])
        for name, make in others.items():
            methods[name].add(scene, truth["frames"], theirs(source, make(), detector), truth["fps"])
        print(f"{source.parent.name}/{scene}", *(f"{m.scenes[scene][-1]:.3f}" for m in methods.values()), flush=True)
    return list(methods.values())


def tables(title: str, methods: Sequence[Method]) -> Iterator[str]:
    """Markdown: a row for each method, and a row for each scene."""
    total = methods[0].total
    yield f"### {title}\n\n{total.frames} frames, {total.seconds:.0f} s.\n\n"
    yield _header("", "identity", "worst scene", "wrong", "exchanges a minute", "frames active", "embedding, s a minute")
    for m in methods:
        mean = float(np.mean([value for values in m.scenes.values() for value in values]))
        least, scene = m.worst
        cost = f"{m.active / total.frames:.1%} | {60 * m.looking_seconds / total.seconds:.2f}" if m.active else "– | –"
        row = f"{mean:.4f} | {least:.3f} ({scene}) | {m.total.wrong_share:.4f} | {m.total.exchanges_a_minute:.2f}"
        yield f"| {m.name} | {row} | {cost} |\n"
    yield "\nIdentity of each scene, the mean over casts:\n\n" + _header("", *(m.name for m in methods))
    for scene in methods[0].scenes:
        yield f"| {scene} | {' | '.join(f'{np.mean(m.scenes[scene]):.3f}' for m in methods)} |\n"
    yield "\n"


def _header(*names: str) -> str:
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"


def own_scenes(folder: Path) -> list[LabelledClip]:
    """Made from the test footage's portraits."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene in (SCENES | HARD_SCENES).items():  # type: ignore[operator]  # both are dicts
        render_scene(folder / f"{name}.mp4", scene, size=(1280, 720), audio=False, grain=1.5).save(folder / f"{name}.gt.json")
    return labelled(folder, folder)


def labelled(clips: Path, labels: Path) -> list[LabelledClip]:
    """The clips in a folder that have labels in the other one, in the order of names."""
    pairs = [LabelledClip(clip, labels / f"{clip.stem}.gt.json") for clip in sorted(clips.glob("*.mp4"))]
    return [pair for pair in pairs if pair.labels.is_file()]


def main() -> None:
    from benchmarks import real_identity  # which measures by the parts of this module

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, nargs="+", default=[], help="folders of clips, besides the scenes that are made")
    parser.add_argument("--labels", type=Path, nargs="+", help="the folders of their labels, in the same order")
    parser.add_argument("--write", type=Path, help="put the tables into this file, below its mark")
    args = parser.parse_args()
    if args.labels is not None and len(args.labels) != len(args.clips):
        parser.error("--labels must name as many folders as --clips")
    models = SharedModels(configured(hardware__device="cpu"))
    folders = list(zip(args.clips, args.labels or args.clips, strict=True))
    given = [pair for clips, labels in folders for pair in labelled(clips, labels)]
    real = [pair for clips, labels in folders for pair in real_identity.real_clips(clips, labels)]
    if folders and not given and not real:
        parser.error("no NAME.mp4 in --clips has a NAME.gt.json or a NAME.json in --labels")
    texts = {}
    if real:
        texts[real_identity.MARK] = "".join(real_identity.tables(real_identity.bench(real, models)))
    if given or not real:
        texts[MARK] = _of_made_scenes(given, models)
    for mark, text in texts.items():
        print(text)
        if args.write is not None:
            _put(text, mark, args.write)


def _of_made_scenes(given: Sequence[LabelledClip], models: SharedModels) -> str:
    with tempfile.TemporaryDirectory() as folder:
        sets = ({"Scenes composed from clips": given} if given else {}) | {"Own scenes": own_scenes(Path(folder, "own"))}
        return "".join(line for title, scenes in sets.items() for line in tables(title, bench(scenes, models)))


def _put(text: str, mark: str, path: Path) -> None:
    """Puts tables into a file, in place of those that stand between this mark and the next, or the end."""
    before, _, old = path.read_text(encoding="utf-8").partition(mark)
    _, begins, after = old.partition("<!--")
    path.write_text(f"{before}{mark}\n\n{text.strip()}\n" + (f"\n{begins}{after}" if begins else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
