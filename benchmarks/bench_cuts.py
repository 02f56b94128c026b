"""Precision and recall of cut detection, beside PySceneDetect's detectors, on clips with known cuts.

    python benchmarks/bench_cuts.py [--write docs/cuts.md]

Every clip is judged as it is and after hard compression (H.264, 768 × 432, CRF 36, a key frame every 12 frames).  PySceneDetect
runs with its own defaults, except that shots may be as short as 4 frames.  A found cut counts when it is at most 2 frames off.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import av
import numpy as np
from scenedetect.common import FrameTimecode
from scenedetect.detector import SceneDetector
from scenedetect.detectors import AdaptiveDetector, ContentDetector, HistogramDetector

from dualface.footage.cut_films import FPS, HEIGHT, WIDTH, CutFootage, cut_films, hits, small, uncut_films
from dualface.observe.track.cuts import CutDetector
from dualface.types import U8Array

Detect = Callable[[U8Array], list[int]]
ENCODER = {"crf": "36", "preset": "veryfast", "g": "12", "sc_threshold": "0"}
MARK = "<!-- made by benchmarks/bench_cuts.py -->"


@dataclass
class Score:
    hits: int = 0
    found: int = 0
    films: dict[str, list[str]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 1.0


def ours(frames: U8Array) -> list[int]:
    detector = CutDetector(FPS)
    decisions = [d for frame in frames for d in detector.push(small(frame))] + detector.flush()
    return [d.index for d in decisions if d.cut]


def theirs(make: Callable[[], SceneDetector]) -> Detect:
    def detect(frames: U8Array) -> list[int]:
        detector = make()
        times = [FrameTimecode(n, float(FPS)) for n in range(len(frames))]
        found = [t for time, frame in zip(times, frames, strict=True) for t in detector.process_frame(time, frame[..., ::-1])]
        return [int(t.frame_num) for t in found + detector.post_process(times[-1])]

    return detect


DETECTORS: dict[str, Detect] = {
    "dualface": ours,
    "AdaptiveDetector": theirs(lambda: AdaptiveDetector(min_scene_len=4)),
    "ContentDetector": theirs(lambda: ContentDetector(min_scene_len=4)),
    "HistogramDetector": theirs(lambda: HistogramDetector(min_scene_len=4)),
}


def compressed(frames: U8Array) -> U8Array:
    """The frames, three times as large, after a low-rate encoder whose key frames pump, and back in their size."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("libx264", rate=FPS, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = 3 * WIDTH, 3 * HEIGHT, "yuv420p"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        out.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as source:
        small_ones = [f.reformat(WIDTH, HEIGHT, "rgb24", interpolation="AREA") for f in source.decode(video=0)]
        return np.stack([np.asarray(frame.to_ndarray(), np.uint8) for frame in small_ones])


def films() -> Iterator[tuple[str, CutFootage]]:
    for film in chain(cut_films(), uncut_films()):
        yield "as made", film
        yield "compressed", CutFootage(film.name, compressed(film.frames), film.cuts)


def measure() -> tuple[dict[str, Score], dict[str, int], int]:
    """Each detector's score, each clip's number of cuts, and the number of cuts in all."""
    scores, cuts, total = {name: Score() for name in DETECTORS}, dict[str, int](), 0
    for kind, film in films():
        cuts[film.name] = len(film.cuts)
        total += len(film.cuts)
        for name, detect in DETECTORS.items():
            found, score = detect(film.frames), scores[name]
            right = hits(found, film.cuts)
            score.hits += right
            score.found += len(found)
            mistakes = [f"{len(film.cuts) - right} missed"] * (right < len(film.cuts))
            mistakes += [f"{len(found) - right} wrong"] * (right < len(found))
            score.films.setdefault(film.name, []).extend(f"{m} ({kind})" for m in mistakes)
    return scores, cuts, total


def cost() -> float:
    """Milliseconds of CPU a frame, without making the small picture."""
    pictures = [small(frame) for film in cut_films() for frame in film.frames]
    detector, start = CutDetector(FPS), time.thread_time()
    for picture in pictures:
        detector.push(picture)
    return (time.thread_time() - start) / len(pictures) * 1000


def tables() -> str:
    scores, cuts, total = measure()
    lines = [MARK, "", "| | precision | recall |", "|---|---|---|"]
    lines += [f"| {name} | {s.precision:.3f} | {s.hits / total:.3f} |" for name, s in scores.items()]
    lines += ["", f"{total} cuts in {2 * len(cuts)} clips. dualface takes {cost():.2f} ms of CPU a frame.", ""]
    lines += ["| clip | cuts | " + " | ".join(scores) + " |", "|---" * (len(scores) + 2) + "|"]
    for name, count in cuts.items():
        row = [", ".join(score.films[name]) or "✓" for score in scores.values()]
        lines.append(f"| {name} | {count} | " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the tables at the end of this page")
    options = parser.parse_args()
    made = tables()
    print(made)
    if options.write:
        page = options.write.read_text(encoding="utf-8").partition(MARK)[0]
        options.write.write_text(page + made, encoding="utf-8")


if __name__ == "__main__":
    main()
