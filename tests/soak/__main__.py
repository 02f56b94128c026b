"""``make soak``: processes killed at random points, damaged files by the thousand, a long film; prints what was survived.

python -m tests.soak --kills 30 --files 5000 --minutes 60 --seed 1
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
from tests.support.beeps import PICTURE, BeepFilm, repeated, sync_of
from tests.support.runs import Film, made
from tests.support.settings_of import settings_of

from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.events import EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Job, VideoOutcome
from dualface.testing.faults import Fault, FaultStage, install
from dualface.testing.fuzz import fuzz

SETTINGS = {"framing.size": "320x180", "encoding.gop": "10"}
FRAMES = 120


def run(job: Job, config: Config, faults: list[Fault]) -> VideoOutcome:
    prepare = partial(install, faults)
    return run_batch([job], config, bus=EventBus(), stop=threading.Event(), prepare=prepare)[0]


def differences(film: Film, expected: Film) -> dict[str, Any]:
    """What a viewer could notice: frames that are missing or doubled, other sound, other people, the worst picture."""
    lost = len(set(expected.times) - set(film.times)) + len(film.times) - len(set(film.times))
    same = film.sound == expected.sound and film.tracks == expected.tracks
    psnr = 0.0
    if film.pictures.shape == expected.pictures.shape:
        errors = (film.pictures.astype(np.float32) - expected.pictures.astype(np.float32)) ** 2
        psnr = float((10 * np.log10(255**2 / np.maximum(errors.mean((1, 2)), 1e-6))).min())
    return {"lost": lost, "same": same, "psnr": psnr}


def killed_worker(source: Path, folder: Path, config: Config, chance: random.Random) -> VideoOutcome:
    """The worker kills itself somewhere in the middle and is started again by the batch."""
    stage: FaultStage = chance.choice([s for s in get_args(FaultStage) if s != "detector"])
    at = chance.randrange(20) if stage == "disk" else chance.randrange(FRAMES)
    kind = chance.choice(["kill", "segfault"])
    fault = Fault(stage, at, kind, once=folder / "happened")  # type: ignore[arg-type]
    return run(Job(source, folder / source.name), config, [fault])


def killed_program(source: Path, folder: Path, config: Config, chance: random.Random) -> VideoOutcome:
    """The command line is killed from outside at any time, up to three times, and begun again."""
    options = [f"--set={key}={value}" for key, value in SETTINGS.items()]
    command = [sys.executable, "-m", "dualface", "run", str(source), "-o", str(folder), "--quiet", *options]
    for _ in range(chance.randrange(1, 4)):
        with subprocess.Popen(command, cwd=folder) as process:
            time.sleep(chance.uniform(1.0, 5.0))
            process.send_signal(signal.SIGKILL)
    return run(Job(source, folder / source.name), config, [])


def kills(folder: Path, count: int, chance: random.Random) -> dict[str, Any]:
    source = folder / "talk.mp4"
    render_scene(source, SCENES["cuts"], size=(320, 180), fps=10, seconds=FRAMES / 10)
    config = settings_of(folder, **{key.replace(".", "__"): value for key, value in SETTINGS.items()})
    reference = folder / "reference"
    expected = made(run_batch([Job(source, reference / source.name)], config, bus=EventBus(), stop=threading.Event())[0])
    results = []
    for n in range(count):
        target = folder / f"run{n}"
        target.mkdir()
        outcome = (killed_program if n % 2 else killed_worker)(source, target, config, chance)
        if outcome.error is not None:
            results.append({"lost": FRAMES, "same": False, "psnr": 0.0, "left": 0})
            print(f"{target}: {outcome.error}", file=sys.stderr)
            continue
        left = sum(path.name.startswith(".") for path in target.iterdir())
        results.append(differences(made(outcome), expected) | {"left": left})
        if not _is_whole(results[-1]):
            print(f"{target}: {results[-1]}", file=sys.stderr)
    return {
        "injected": count,
        "survived": sum(map(_is_whole, results)),
        "frames_lost": sum(result["lost"] for result in results),
        "least_psnr_db": round(min(result["psnr"] for result in results), 1),
    }


def _is_whole(result: dict[str, Any]) -> bool:
    return bool(result["same"] and not result["lost"] and not result["left"])


def damaged(folder: Path, count: int, seed: int) -> dict[str, Any]:
    sources = [folder / f"a.{suffix}" for suffix in ("mp4", "mkv", "mov")]
    for path in sources:
        render_scene(path, SCENES["cuts"], size=(96, 54), fps=10, seconds=2)
    counts, faults = fuzz(sources, range(seed, seed + count))
    return {"files": count, **counts, "faults": faults}


def in_sync(folder: Path, minutes: int, chance: random.Random) -> dict[str, Any]:
    """A film with a flash and a beep each minute, made in one go and made with three kills."""
    minute = BeepFilm("mov", audio="pcm_s16le", rate=16000, layout="mono", sound_seconds=60, seconds=60, flashes=(30.48,))
    source = folder / "long.mkv"
    source.write_bytes(repeated(minute.content(), "matroska", minutes, 60))
    options = ["--set=framing.size=128x64", "--set=errors.absent_share=1", "--audio=aac"]
    report: dict[str, Any] = {"minutes": minutes}
    for kills in (0, 3):
        target = folder / f"sync{kills}"
        target.mkdir()
        command = [sys.executable, "-m", "dualface", "run", str(source), "-o", str(target), "--quiet", *options]
        for _ in range(kills):
            with subprocess.Popen(command, cwd=folder) as process:
                time.sleep(chance.uniform(20.0, 60.0))
                process.send_signal(signal.SIGKILL)
        subprocess.run(command, cwd=folder, check=True)
        found = sync_of(target / "long.mp4")
        worst = max(map(abs, found.errors))
        report[f"{kills} kills"] = {
            "beeps": len(found.beeps),
            "pictures": len(found.pictures),
            "worst_ms": round(worst * 1000, 1),
        }
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="Injects faults for a long time.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dualface-soak-") as name:
        report = {
            "kills": kills(Path(name), options.kills, random.Random(options.seed)),
            "damaged": damaged(Path(name), options.files, options.seed),
            "sync": in_sync(Path(name), options.minutes, random.Random(options.seed)),
        }
    print(json.dumps(report, indent=2))
    good = report["kills"]["survived"] == options.kills and not report["damaged"]["faults"]
    good &= all(run["worst_ms"] <= PICTURE * 1000 for run in report["sync"].values() if isinstance(run, dict))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
