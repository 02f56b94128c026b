"""What a run has made, and whether two have made the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from dualface.jobs import Job, VideoOutcome
from dualface.types import U8Array


@dataclass(frozen=True)
class Film:
    """Times in seconds, luma, shape (frames, height, width); packets of sound; lines of the tracks file."""

    times: list[Fraction]
    pictures: U8Array
    sound: list[tuple[Fraction, bytes]]
    tracks: str
    summary: dict[str, Any]


def made(outcome: VideoOutcome) -> Film:
    """What stands under the job's names."""
    return replace(film_of_job(outcome.job), summary=outcome.summary)


def film_of_job(job: Job) -> Film:
    """The same, without a summary."""
    times, pictures = [], []
    with av.open(str(job.output)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            times.append(frame.pts * frame.time_base)
            pictures.append(frame.to_ndarray()[: frame.height])
    return Film(times, np.stack(pictures), sound_of(job.output), _tracks(job.beside(".tracks.jsonl")), {})


def _tracks(path: Path) -> str:
    """All lines but the first, which has the source's name."""
    return path.read_text(encoding="utf-8").partition("\n")[2]


def sound_of(path: Path) -> list[tuple[Fraction, bytes]]:
    """Every packet of sound with its time in seconds."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(Fraction(packet.pts or 0) * Fraction(packet.time_base or 0), bytes(packet)) for packet in packets]


def assert_same_film(film: Film, expected: Film, least_psnr: float = 35.0) -> None:
    """Every frame once at its time, the same picture but for the encoder's own noise, the same sound, the same people."""
    assert film.times == expected.times
    assert film.sound == expected.sound
    assert film.tracks == expected.tracks
    errors = (film.pictures.astype(np.float32) - expected.pictures.astype(np.float32)) ** 2
    psnr = 10 * np.log10(255**2 / np.maximum(errors.mean((1, 2)), 1e-6))
    assert psnr.min() >= least_psnr, f"frame {int(psnr.argmin())}: {psnr.min():.1f} dB"


def left_behind(folder: Path) -> list[str]:
    """Hidden files and folders: whatever a run did not clean up."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
