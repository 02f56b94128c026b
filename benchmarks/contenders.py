"""The commands that are compared, and the footage they work on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from dualface.media import local_url
from dualface.records.tracks_file import read_tracks
from dualface.render.encode.settings import EncoderSettings

Command = list[str | Path]

BIN = Path(sys.executable).parent


def ffmpeg() -> tuple[Path, str]:
    """The FFmpeg to compare with, the system's or else imageio-ffmpeg's, and its version."""
    found = shutil.which("ffmpeg")
    if found is None:
        import imageio_ffmpeg  # type: ignore[import-untyped, unused-ignore]

        found = imageio_ffmpeg.get_ffmpeg_exe()
    first_line = subprocess.run([found, "-version"], capture_output=True, text=True, check=True).stdout.partition("\n")[0]
    return Path(found), first_line.split(" Copyright")[0]


def floor(source: Path, output: Path, tracks: Path) -> Command:
    """FFmpeg alone doing the film that ``tracks`` tells of, with cameras that can't move; sound is copied.

    Its crops are the medians of the film's, at the places of the layout that most of its frames have.
    """
    (width, height), fps, tiles = _usual_tiles(tracks)
    options = EncoderSettings().options(width, height, fps, variable_rate=False)
    encoding = [word for name, value in options.items() for word in (f"-{name}:v" if name == "b" else f"-{name}", value)]
    names = [f"t{n}" for n in range(len(tiles))]
    parts = [f"[0:v]split={len(tiles)}" + "".join(f"[i{name}]" for name in names)]
    for name, (at, crop) in zip(names, tiles, strict=True):
        x, y, w, h = (2 * round(value / 2) for value in crop)
        parts.append(f"[i{name}]crop={w}:{h}:{x}:{y},scale={at[2]}:{at[3]},setsar=1[{name}]")
    places = "|".join(f"{at[0]}_{at[1]}" for at, _ in tiles)
    together = "".join(f"[{name}]" for name in names)
    parts.append(f"{together}xstack=inputs={len(tiles)}:layout={places}[v]" if len(tiles) > 1 else f"{together}null[v]")
    read: Command = [ffmpeg()[0], "-v", "error", "-y", "-i", source]
    shape: Command = ["-filter_complex", ";".join(parts), "-map", "[v]", "-map", "0:a?"]
    return [*read, *shape, "-c:v", "libx264", *encoding, "-c:a", "copy", "-movflags", "+faststart", output]


Rectangle = tuple[float, ...]
"""x, y, width, height in pixels."""


def _usual_tiles(tracks: Path) -> tuple[tuple[int, int], Fraction, list[tuple[tuple[int, ...], Rectangle]]]:
    """The film's size and frame rate; of each tile of the usual layout its place on the canvas and its median crop."""
    read = read_tracks(tracks)
    shown: dict[tuple[tuple[int, ...], ...], list[list[Rectangle]]] = {}
    for line in read.entries:
        tiles = sorted(line["tiles"].values(), key=lambda tile: tile["at"])
        shown.setdefault(tuple(tuple(tile["at"]) for tile in tiles), []).append([tuple(tile["crop"]) for tile in tiles])
    places, crops = max(shown.items(), key=lambda item: len(item[1]))
    medians = np.median(np.array(crops), axis=0).tolist()
    output = read.header["output"]
    size = output["width"], output["height"]
    return size, Fraction(read.header["fps"]), [(at, tuple(crop)) for at, crop in zip(places, medians, strict=True)]


def dualface(source: Path, folder: Path, *options: str) -> Command:
    """``dualface run`` at the default settings, but on the processor: the floor has no GPU to help it either."""
    return [sys.executable, "-m", "dualface", "run", source, "-o", folder, "--device", "cpu", "--overwrite", *options]


def deface(source: Path, output: Path, *options: str) -> Command:
    """``deface`` at its own defaults, but for ``options``."""
    return [BIN / "deface", source, "-o", output, *options]


def default_environment(folder: Path) -> Mapping[str, str]:
    """The process's environment without anybody's dualface settings: no variables, and an empty configuration folder.

    What Python compiles is kept, as it is of an installed program; containers often forbid that.
    """
    (folder / "config").mkdir(exist_ok=True)
    left_out = ("DUALFACE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return kept | {"XDG_CONFIG_HOME": str(folder / "config")}


def footage(folder: Path, seconds: int, kind: str = "talk", height: int = 1080) -> Path:
    """``seconds`` (a multiple of 20) of two people talking, 30 frames/s with sound: the same 20 s again and again.

    ``kind``: ``talk``, or ``street`` with passers-by behind them.
    """
    unit = folder / f"{kind}-{height}-20s.mp4"
    if not unit.exists():
        # a process of its own: what it needs of memory and threads must not linger in the one that measures
        unfinished = folder / "unfinished.mp4"
        program = "import sys, pathlib; from dualface.footage import render, scenes; path, kind, height = sys.argv[1:]; "
        program += "size = int(height) * 16 // 9, int(height); "
        program += "render.write_talk(pathlib.Path(path), size=size, seconds=20, script=getattr(scenes, kind))"
        subprocess.run([sys.executable, "-c", program, unfinished, kind, str(height)], check=True)
        unfinished.rename(unit)
    wanted = folder / f"{kind}-{height}-{seconds}s.mp4"
    if not wanted.exists():
        copy(unit, wanted, "-stream_loop", str(seconds // 20 - 1))
    return wanted


def frames_in(video: Path) -> tuple[int, float]:
    """How many pictures a video has, by its container, and its bit rate in Mb/s."""
    with av.open(local_url(video)) as container:
        stream = container.streams.video[0]
        seconds = (container.duration or 0) / av.time_base
        return stream.frames or round(seconds * float(stream.average_rate or 30)), 8e-6 * video.stat().st_size / max(seconds, 1)


def copy(source: Path, output: Path, *input_options: str) -> None:
    """Copies the streams of ``source``, looped or cut short as FFmpeg's ``input_options`` say."""
    command: Command = [ffmpeg()[0], "-v", "error", "-y", *input_options, "-i", source, "-c", "copy", "-map", "0", output]
    subprocess.run(command, check=True)
