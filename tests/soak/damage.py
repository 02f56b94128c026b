"""Damaged files of every container and codec of the corpus: read as far as possible, and made into films with their sound."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from tests.soak.report import Report, Verdict, in_parallel, timed
from tests.support.beeps import remade
from tests.support.sync_inputs import SOURCES

from dualface.errors import DualfaceError
from dualface.testing.fuzz import fuzz, read_all

CHUNK = 50
"""Files that one process reads."""


def damage(folder: Path, count: int, seed: int, jobs: int) -> Report:
    with timed(Report("damage")) as report:
        sources = [film.write(folder, name.replace(" ", "-")) for name, film in SOURCES.items()]
        report.facts["containers and codecs"] = len(sources)
        chunks = [range(start, min(start + CHUNK, seed + count)) for start in range(seed, seed + count, CHUNK)]
        for verdicts in in_parallel(jobs, partial(_read, sources), chunks):
            for verdict in verdicts:
                report.take(verdict)
    return report


def _read(sources: list[Path], seeds: range) -> list[Verdict]:
    counts, faults = fuzz(sources, seeds, reader="tests.soak.damage:made_into_a_film")
    good = [Verdict(None, 1, [end]) for end in ("read", "refused") for _ in range(counts[end])]
    return good + [Verdict(fault) for fault in faults]


def made_into_a_film(path: Path) -> str:
    """Decodes, encodes and assembles, sound and all; ``read`` or ``refused``."""
    if read_all(path) == "refused":
        return "refused"
    with tempfile.TemporaryDirectory() as folder:
        try:
            remade(path, Path(folder, "film.mp4"))
        except DualfaceError:
            return "refused"
    return "read"
