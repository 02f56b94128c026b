"""Speed and memory of dualface beside plain FFmpeg and deface, measured in turn on this machine.

    python -m benchmarks.bench [--rounds 3] [--seconds 40] [--deface-rounds 1] [--deface-seconds 5]
    python -m benchmarks.bench --memory        # peak memory of 1 and of 10 minutes
    python -m benchmarks.bench --startup       # time from the command to the first encoded frame

``floor`` is FFmpeg alone: it decodes the same file, takes two fixed crops, scales, stacks and encodes them with dualface's own
x264 settings, and copies the sound.  Results go to the terminal and to bench-out/bench*.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contenders import copy, deface, default_environment, dualface, ffmpeg, floor, footage
from benchmarks.measure import Measurement, measure

FPS = 30
OUT = Path("bench-out").absolute()


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
    source = footage(OUT, 20)
    copy(source, OUT / "second.mp4", "-t", "1")
    measure(dualface(OUT / "second.mp4", OUT / "run"), folder=OUT, environment=environment)
    if arguments.memory:
        _memory(environment)
    elif arguments.startup:
        _startup(environment, arguments.rounds)
    else:
        _speed(environment, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=40, help="length of the footage, a multiple of 20")
    parser.add_argument("--deface-rounds", type=int, default=1)
    parser.add_argument("--deface-seconds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--startup", action="store_true")
    return parser.parse_args()


def _speed(environment: Any, arguments: argparse.Namespace) -> None:
    source = footage(OUT, arguments.seconds)
    short = OUT / "short.mp4"
    copy(source, short, "-t", str(arguments.deface_seconds))
    commands = {
        "floor": floor(source, OUT / "floor.mp4"),
        "dualface": dualface(source, OUT / "run", "--quiet"),
        "deface": deface(short, OUT / "deface.mp4"),
        "deface 640x360": deface(short, OUT / "deface.mp4", "--scale", "640x360"),
    }
    frames = {name: FPS * (arguments.deface_seconds if "deface" in name else arguments.seconds) for name in commands}
    runs: dict[str, list[Measurement]] = {name: [] for name in commands}
    for number in range(arguments.rounds):
        for name, command in commands.items():
            if "deface" in name and number >= arguments.deface_rounds:
                continue
            run = measure(command, folder=OUT, environment=environment)
            runs[name].append(run)
            print(f"round {number + 1}  {_line(name, [run], frames[name])}", flush=True)
    print(f"\nMedians. Footage: {arguments.seconds} s, 1080p30, {source.stat().st_size * 8e-6 / arguments.seconds:.1f} Mb/s.")
    for name, measured in runs.items():
        print(_line(name, measured, frames[name]))
    print()
    verdicts = _verdicts(runs, frames)
    _report("bench", verdicts, {name: [asdict(run) for run in measured] for name, measured in runs.items()})


def _verdicts(runs: dict[str, list[Measurement]], frames: dict[str, int]) -> list[Verdict]:
    ours, theirs = runs["dualface"], runs["floor"]
    rates = {name: [frames[name] / run.wall_seconds for run in measured] for name, measured in runs.items()}
    verdicts = [
        _verdict(
            "CPU seconds, of the floor's", [a.cpu_seconds / b.cpu_seconds for a, b in zip(ours, theirs, strict=True)], 1.25
        ),
        _verdict(
            "wall time, of the floor's", [a.wall_seconds / b.wall_seconds for a, b in zip(ours, theirs, strict=True)], 1.25
        ),
        _verdict("peak memory, MB", [run.peak_mb for run in ours], 700),
    ]
    for name, target in (("deface", 12), ("deface 640x360", 4)):
        if runs[name]:
            ratios = [ours / deface for ours, deface in zip(rates["dualface"], rates[name], strict=False)]
            verdicts.append(_verdict(f"frames/s, of {name}'s", ratios, target, at_least=True))
    return verdicts


def _memory(environment: Any) -> None:
    runs = {}
    for minutes in (1, 10):
        source = footage(OUT, 60 * minutes)
        runs[f"{minutes} min"] = measure(dualface(source, OUT / "run", "--quiet"), folder=OUT, environment=environment)
        print(_line(f"{minutes} min", [runs[f"{minutes} min"]], 60 * FPS * minutes), flush=True)
    verdicts = [_verdict(f"peak memory of {name}, MB", [run.peak_mb], 700) for name, run in runs.items()]
    growth = runs["10 min"].peak_mb / runs["1 min"].peak_mb
    _report(
        "bench-memory", [*verdicts, _verdict("10 min, of 1 min's", [growth], 1.05)], {n: asdict(r) for n, r in runs.items()}
    )


def _startup(environment: Any, rounds: int) -> None:
    command = dualface(footage(OUT, 20), OUT / "run", "--json")
    first = []
    for _ in range(rounds):
        seconds = measure(command, folder=OUT, environment=environment).first_frame_seconds
        assert seconds is not None, "dualface reported no frame"
        first.append(seconds)
        print(f"first frame after {seconds:.2f} s", flush=True)
    _report("bench-startup", [_verdict("seconds to the first frame", first, 2.0)], first)


def _verdict(what: str, values: Sequence[float], target: float, *, at_least: bool = False) -> Verdict:
    return Verdict(what, statistics.median(values), min(values), max(values), target, at_least)


def _line(name: str, runs: Sequence[Measurement], frames: int) -> str:
    if not runs:
        return f"{name:16} not run"
    wall, cpu, peak = (
        statistics.median(getattr(run, what) for run in runs) for what in ("wall_seconds", "cpu_seconds", "peak_mb")
    )
    per_frame = f"{cpu / frames * 1000:6.1f} CPU ms/frame"
    return f"{name:16}{cpu:8.1f} CPU s {wall:8.1f} s {peak:7.0f} MB {frames / wall:7.1f} frames/s {per_frame}"


def _report(name: str, verdicts: Sequence[Verdict], runs: Any) -> None:
    for v in verdicts:
        target = f"target {'≥' if v.at_least else '≤'} {v.target:g}"
        spread = f"({v.low:.2f} to {v.high:.2f})" if v.low != v.high else ""
        print(f"{'ok  ' if v.met else 'MISS'} {v.what:32}{v.median:8.2f} {spread:18}{target}")
    result = {"machine": _machine(), "verdicts": [{**asdict(v), "met": v.met} for v in verdicts], "runs": runs}
    (OUT / f"{name}.json").write_text(json.dumps(result, indent=1))


def _machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), cpu)
    versions = {package: version(package) for package in ("dualface", "av", "numba", "openvino", "onnxruntime", "deface")}
    return {"cpu": cpu, "threads": os.cpu_count(), "python": sys.version.split()[0], "ffmpeg": ffmpeg()[1], **versions}


if __name__ == "__main__":
    main()
