"""The commands that are compared, and the footage they work on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from dualface.render.encode.settings import EncoderSettings

Command = list[str | Path]

BIN = Path(sys.executable).parent

CROPS = ("800:900:100:90", "800:900:1020:90")
"""width:height:x:y of the floor's fixed crops: as large as dualface's on this footage."""


def ffmpeg() -> tuple[Path, str]:
    """The FFmpeg to compare with, the system's or else imageio-ffmpeg's, and its version."""
    found = shutil.which("ffmpeg")
    if found is None:
        import imageio_ffmpeg  # type: ignore[import-untyped, unused-ignore]

        found = imageio_ffmpeg.get_ffmpeg_exe()
    first_line = subprocess.run([found, "-version"], capture_output=True, text=True, check=True).stdout.partition("\n")[0]
    return Path(found), first_line.split(" Copyright")[0]


def floor(source: Path, output: Path) -> Command:
    """FFmpeg alone: two fixed crops, scaled, side by side, encoded as dualface does, sound copied."""
    left, right = (f"crop={crop},scale=960:1080" for crop in CROPS)
    options = EncoderSettings().options(1920, 1080, Fraction(30), variable_rate=False)
    encoding = [word for name, value in options.items() for word in (f"-{name}:v" if name == "b" else f"-{name}", value)]
    picture = f"[0:v]split[a][b];[a]{left}[l];[b]{right}[r];[l][r]hstack[v]"
    read: Command = [ffmpeg()[0], "-v", "error", "-y", "-i", source]
    shape: Command = ["-filter_complex", picture, "-map", "[v]", "-map", "0:a"]
    return [*read, *shape, "-c:v", "libx264", *encoding, "-c:a", "copy", "-movflags", "+faststart", output]


def dualface(source: Path, folder: Path, *options: str) -> Command:
    """``dualface run`` at the default settings."""
    return [BIN / "dualface", "run", source, "-o", folder, "--overwrite", *options]


def deface(source: Path, output: Path, *options: str) -> Command:
    """``deface`` at its own defaults, but for ``options``."""
    return [BIN / "deface", source, "-o", output, *options]


def default_environment(folder: Path) -> Mapping[str, str]:
    """The process's environment without anybody's dualface settings: no variables, and an empty configuration folder."""
    (folder / "config").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUALFACE_")}
    return kept | {"XDG_CONFIG_HOME": str(folder / "config")}


def footage(folder: Path, seconds: int) -> Path:
    """``seconds`` (a multiple of 20) of two people talking, 1080p30 with sound: the same 20 s again and again."""
    unit = folder / "talk-20s.mp4"
    if not unit.exists():
        # a process of its own: what it needs of memory and threads must not linger in the one that measures
        unfinished = folder / "unfinished.mp4"
        program = "import sys, pathlib; from dualface.footage.render import write_talk as w; "
        program += "w(pathlib.Path(sys.argv[1]), seconds=20)"
        subprocess.run([sys.executable, "-c", program, unfinished], check=True)
        unfinished.rename(unit)
    wanted = folder / f"talk-{seconds}s.mp4"
    if not wanted.exists():
        copy(unit, wanted, "-stream_loop", str(seconds // 20 - 1))
    return wanted


def copy(source: Path, output: Path, *input_options: str) -> None:
    """Copies the streams of ``source``, looped or cut short as FFmpeg's ``input_options`` say."""
    command: Command = [ffmpeg()[0], "-v", "error", "-y", *input_options, "-i", source, "-c", "copy", "-map", "0", output]
    subprocess.run(command, check=True)
