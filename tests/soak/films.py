"""The films that faults are injected into, made once without any, and what a viewer would notice in one made with faults."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.soak.orders import Orders
from tests.support.runs import Film, film_of_job

from dualface.errors import ModelError
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Job

LEAST_PSNR = 35.0
"""Two encodings of the same pictures differ by the encoder's noise; pictures of something else by far more."""
SETTINGS = {
    "framing.size": "320x180",
    "encoding.gop": "10",
    "detection.input_size": "256x160",
    "processing.decode_threads": "1",
    "processing.encode_threads": "1",
    "models.download": "false",
}


@dataclass(frozen=True)
class Subject:
    """A source, whether its second look makes pictures again, and the film that an undisturbed run makes of it.

    ``seconds`` is what that takes, ``flushes`` and ``steps`` how often it flushes to the disk, and how often it asks it for
    something.
    """

    name: str
    source: Path
    second_look: bool
    settings: dict[str, str]
    film: Path
    seconds: float
    flushes: int
    steps: int
    memory: int

    def expected(self) -> Film:
        film: Film = pickle.loads(self.film.read_bytes())
        return film


def subjects(folder: Path) -> list[Subject]:
    """One film of each kind."""
    found = []
    for name, scene, second_look in (("cuts", "cuts", False), ("exchange", "interview", True)):
        source = folder / f"{name}.mp4"
        render_scene(source, SCENES[scene], size=(320, 180), fps=10, seconds=12)
        found.append(_made(name, source, folder / f"{name}-reference", second_look))
    return found


def _made(name: str, source: Path, out: Path, second_look: bool) -> Subject:
    """Without a model of faces, where there is none on this machine: nothing is fetched here."""
    for settings in (SETTINGS, SETTINGS | {"reid.mode": "never"}):
        began = time.monotonic()
        ended = run(Orders([str(source)], str(out), settings, second_look=second_look, counts=True))
        seconds = time.monotonic() - began
        if not ended.errors.get(source.name):
            film = out.with_suffix(".pickle")
            film.write_bytes(pickle.dumps(film_of_job(Job(source, out / source.name))))
            told = ended.facts
            return Subject(name, source, second_look, settings, film, seconds, told["flushes"], told["steps"], told["memory"])
        if ModelError.__name__ not in ended.errors[source.name]:
            break
    raise SystemExit(f"{source} can't be made even without a fault: {ended}")


@dataclass(frozen=True)
class Ended:
    """How a victim ended: its exit status, errors by source, other facts it told, and what it printed besides."""

    status: int
    errors: dict[str, str]
    facts: dict[str, Any]
    said: str


def command_of(orders: Orders) -> list[str]:
    return [sys.executable, "-m", "tests.soak.victim", orders.to_json()]


def environment() -> dict[str, str]:
    """One thread each: many run at a time."""
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(orders: Orders, timeout: float = 240) -> Ended:
    """Runs a victim to its end, whatever that is."""
    ended = subprocess.run(command_of(orders), capture_output=True, text=True, timeout=timeout, check=False, env=environment())
    return read(ended.returncode, ended.stdout, ended.stderr)


def read(status: int, output: str, said: str) -> Ended:
    lines = [line for line in output.splitlines() if line.startswith("{")]
    told = json.loads(lines[-1]) if lines else {}
    return Ended(status, told.get("errors", {}), told.get("facts", {}), said[-2000:])


def difference(film: Film, expected: Film) -> str | None:
    """What a viewer could notice: frames that are missing or doubled, other sound, other people, another picture."""
    if film.times != expected.times:
        lost = len(set(expected.times) - set(film.times)) + len(film.times) - len(set(film.times))
        return f"{lost} frames lost or doubled"
    if film.sound != expected.sound:
        return "other sound"
    if film.tracks != expected.tracks:
        return "other tracks"
    errors = (film.pictures.astype(np.float32) - expected.pictures.astype(np.float32)) ** 2
    psnr = 10 * np.log10(255**2 / np.maximum(errors.mean((1, 2)), 1e-6))
    return None if psnr.min() >= LEAST_PSNR else f"frame {int(psnr.argmin())} is another picture ({psnr.min():.1f} dB)"


def finished(subject: Subject, out: Path, sources: Sequence[Path] = ()) -> str | None:
    """Runs what is left to do without faults; what is wrong with what then stands in ``out``, ``None`` if nothing is."""
    sources = sources or [subject.source]
    batch = len(sources) > 1  # whose workers must decide the same as those that were killed
    ended = run(Orders([str(one) for one in sources], str(out), subject.settings, batch=batch, second_look=subject.second_look))
    if ended.status != 0 or any(ended.errors.values()):
        return f"the last run failed: {ended}"
    return whole(subject, out, sources)


def whole(subject: Subject, out: Path, sources: Sequence[Path] = ()) -> str | None:
    """What is wrong with the films in ``out``, and what was left beside them."""
    for source in sources or [subject.source]:
        try:
            problem = difference(film_of_job(Job(source, out / source.name)), subject.expected())
        except Exception as error:  # whatever reading a broken film comes to
            problem = f"{type(error).__name__}: {error}"
        if problem is not None:
            return f"{source.name}: {problem}"
    left = [path.name for path in out.iterdir() if path.name.startswith(".")]
    return f"left behind: {left}" if left else None
