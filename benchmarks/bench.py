"""Speed and memory of dualface beside plain FFmpeg and deface, measured in turn on this machine.

    python -m benchmarks.bench [--rounds 3] [--seconds 40] [--cases talk-1080,talk-720,street-1080]
    python -m benchmarks.bench --clip FILE     # the same on a video of your own
    python -m benchmarks.bench --memory        # peak memory of 1 and of 10 minutes
    python -m benchmarks.bench --startup       # time from the command to the first encoded frame

``floor`` is FFmpeg alone doing the same film with cameras that can't move: it decodes the same file, takes the medians of
dualface's own crops, scales, stacks and encodes them with dualface's own x264 settings, and copies the sound.  Results go
to the terminal and to bench-out/bench*.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contenders import copy, deface, default_environment, dualface, ffmpeg, floor, footage, frames_in
from benchmarks.measure import Measurement, measure

from dualface import __version__

FPS = 30
OUT = Path("bench-out").absolute()
TARGETS = {"talk": (1.10, 1.15), "street": (1.35, 1.40)}
"""Of each kind of footage: CPU seconds and wall time, of the floor's."""
MEMORY_MB = 450
DEFACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure against its target.  ``low``, ``high``: over the rounds."""

    what: str
    median: float
    low: float
    high: float
    target: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.median >= self.target if self.at_least else self.median <= self.target


def main() -> None:
    arguments = _arguments()
    OUT.mkdir(exist_ok=True)
    print(f"{_machine()['cpu']}, {os.cpu_count()} threads; load {os.getloadavg()[0]:.1f}; {ffmpeg()[1]}", flush=True)
    environment = default_environment(OUT)
    print("Making the footage and warming up …", flush=True)
    copy(footage(OUT, 20), OUT / "second.mp4", "-t", "1")
    measure(dualface(OUT / "second.mp4", OUT / "run"), folder=OUT, environment=environment)
    if arguments.memory:
        _memory(environment)
    elif arguments.startup:
        _startup(environment, arguments.rounds)
    elif arguments.clip is not None:
        _speed(environment, {"clip": arguments.clip.absolute()}, arguments.rounds)
    else:
        cases = {case: _made_up(case, arguments.seconds) for case in arguments.cases.split(",")}
        _speed(environment, cases, arguments.rounds)
        if not arguments.without_deface:
            _beside_deface(environment)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=40, help="length of the footage, a multiple of 20")
    parser.add_argument("--cases", default="talk-1080,talk-720,street-1080", help="talk or street, and the height")
    parser.add_argument("--clip", type=Path, help="measure with this video instead")
    parser.add_argument("--without-deface", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--startup", action="store_true")
    return parser.parse_args()


def _made_up(case: str, seconds: int) -> Path:
    kind, _, height = case.partition("-")
    return footage(OUT, seconds, kind, int(height))


def _speed(environment: Mapping[str, str], cases: Mapping[str, Path], rounds: int) -> None:
    verdicts: list[Verdict] = []
    runs: dict[str, dict[str, list[Measurement]]] = {}
    for case, source in cases.items():
        folder = OUT / "run"
        runs[case] = {"dualface": [], "floor": []}
        frames, megabits = frames_in(source)
        print(f"\n{case}: {frames} frames, {megabits:.1f} Mb/s", flush=True)
        for number in range(rounds):
            run = measure(dualface(source, folder, "--quiet"), folder=OUT, environment=environment)
            plain = floor(source, OUT / "floor.mp4", folder / f"{source.stem}.tracks.jsonl")
            beside = measure(plain, folder=OUT, environment=environment)
            runs[case]["dualface"].append(run)
            runs[case]["floor"].append(beside)
            for name, one in (("floor", beside), ("dualface", run)):
                print(f"round {number + 1}  {_line(name, [one], frames)}", flush=True)
        verdicts += _against_floor(case, runs[case])
    print()
    _report("bench", verdicts, {c: {n: [asdict(r) for r in rs] for n, rs in by.items()} for c, by in runs.items()})


def _against_floor(case: str, runs: Mapping[str, Sequence[Measurement]]) -> list[Verdict]:
    pairs = list(zip(runs["dualface"], runs["floor"], strict=True))
    cpu, wall = TARGETS.get(case.partition("-")[0], TARGETS["street"])
    return [
        _verdict(f"{case}: CPU seconds, of the floor's", [a.cpu_seconds / b.cpu_seconds for a, b in pairs], cpu),
        _verdict(f"{case}: wall time, of the floor's", [a.wall_seconds / b.wall_seconds for a, b in pairs], wall),
        _verdict(f"{case}: peak memory, MB", [run.peak_mb for run in runs["dualface"]], MEMORY_MB),
    ]


def _beside_deface(environment: Mapping[str, str]) -> None:
    """A tool around the same detector, once, on a few seconds."""
    source, whole = OUT / "short.mp4", footage(OUT, 20)
    copy(whole, source, "-t", str(DEFACE_SECONDS))
    ours = measure(dualface(whole, OUT / "run", "--quiet"), folder=OUT, environment=environment)
    verdicts = []
    for options, target in (((), 12.0), (("--scale", "640x360"), 4.0)):
        run = measure(deface(source, OUT / "deface.mp4", *options), folder=OUT, environment=environment)
        name = " ".join(["deface", *options])
        print(_line(name, [run], FPS * DEFACE_SECONDS), flush=True)
        ratio = (FPS * 20 / ours.wall_seconds) / (FPS * DEFACE_SECONDS / run.wall_seconds)
        verdicts.append(_verdict(f"frames/s, of {name}'s", [ratio], target, at_least=True))
    _report("bench-deface", verdicts, asdict(ours))


def _memory(environment: Mapping[str, str]) -> None:
    runs = {}
    for minutes in (1, 10):
        source = footage(OUT, 60 * minutes)
        runs[f"{minutes} min"] = measure(dualface(source, OUT / "run", "--quiet"), folder=OUT, environment=environment)
        print(_line(f"{minutes} min", [runs[f"{minutes} min"]], 60 * FPS * minutes), flush=True)
    verdicts = [_verdict(f"peak memory of {name}, MB", [run.peak_mb], MEMORY_MB) for name, run in runs.items()]
    growth = runs["10 min"].peak_mb / runs["1 min"].peak_mb
    _report(
        "bench-memory", [*verdicts, _verdict("10 min, of 1 min's", [growth], 1.05)], {n: asdict(r) for n, r in runs.items()}
    )


def _startup(environment: Mapping[str, str], rounds: int) -> None:
    command = dualface(footage(OUT, 20), OUT / "run", "--json")
    first = []
    for _ in range(rounds):
        seconds = measure(command, folder=OUT, environment=environment).first_frame_seconds
        assert seconds is not None, "dualface reported no frame"
        first.append(seconds)
        print(f"first frame after {seconds:.2f} s", flush=True)
    _report("bench-startup", [_verdict("seconds to the first frame", first, 1.0)], first)


def _verdict(what: str, values: Sequence[float], target: float, *, at_least: bool = False) -> Verdict:
    return Verdict(what, statistics.median(values), min(values), max(values), target, at_least)


def _line(name: str, runs: Sequence[Measurement], frames: int) -> str:
    wall, cpu, peak = (
        statistics.median(getattr(run, what) for run in runs) for what in ("wall_seconds", "cpu_seconds", "peak_mb")
    )
    per_frame = f"{cpu / frames * 1000:6.1f} CPU ms/frame"
    return f"{name:24}{cpu:8.1f} CPU s {wall:8.1f} s {peak:7.0f} MB {frames / wall:7.1f} frames/s {per_frame}"


def _report(name: str, verdicts: Sequence[Verdict], runs: Any) -> None:
    for v in verdicts:
        target = f"target {'≥' if v.at_least else '≤'} {v.target:g}"
        spread = f"({v.low:.2f} to {v.high:.2f})" if v.low != v.high else ""
        print(f"{'ok  ' if v.met else 'MISS'} {v.what:44}{v.median:8.2f} {spread:18}{target}")
    result = {"machine": _machine(), "verdicts": [{**asdict(v), "met": v.met} for v in verdicts], "runs": runs}
    (OUT / f"{name}.json").write_text(json.dumps(result, indent=1))


def _machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), cpu)
    versions = {"dualface": __version__} | {package: version(package) for package in ("av", "numba", "openvino")}
    return {"cpu": cpu, "threads": os.cpu_count(), "python": sys.version.split()[0], "ffmpeg": ffmpeg()[1], **versions}


if __name__ == "__main__":
    main()
