"""What a file is, looked at in a process of its own, since any file may have been made to crash whoever opens it.

``python -m dualface.service.inspect FILE`` prints a line of JSON: either ``error``, or what :class:`Looks` has.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from dualface.errors import InputError
from dualface.service.limits import Limits

_SECONDS = 120.0
_FORMATS = frozenset(
    {"mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "mxf", "ogg", "wav", "mpegvideo"}
)
"""Formats of one file only.  Playlists (hls, dash, concat, …) name other files, which belong to others."""
_CPU_SECONDS, _MEMORY = 100, 4 << 30


@dataclass(frozen=True, slots=True)
class Looks:
    """``frames`` and ``seconds`` are the container's claims, 0 where it makes none; making the film sees what is true."""

    width: int
    height: int
    frames: int
    seconds: float


def look_at(path: Path) -> Looks:
    """Raises :class:`~dualface.errors.InputError` for what is no video, or one of a format that may name other files."""
    command = [sys.executable, "-m", "dualface.service.inspect", str(path)]
    what = f"{path.name} can't be looked at"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise InputError(f"{what}: it takes longer than {_SECONDS:.0f} s.") from None
    except ValueError:
        raise InputError(f"{what}: it crashes what looks at it (exit code {done.returncode}).") from None
    if "error" in found:
        raise InputError(str(found["error"]))
    return Looks(**found)


def check(looks: Looks, limits: Limits) -> None:
    """Raises :class:`~dualface.errors.InputError` for a video that is more than one may ask for."""
    pixels = looks.width * looks.height
    if pixels > limits.pixels:
        raise InputError(
            f"The pictures are {looks.width}×{looks.height}; {limits.pixels / 1e6:.0f} million pixels are allowed."
        )
    if looks.seconds > limits.length:
        raise InputError(f"The video lasts {looks.seconds / 3600:.1f} hours; {limits.length / 3600:g} are allowed.")
    if looks.frames * pixels > limits.all_pixels:
        raise InputError(f"The video has {looks.frames} pictures of {looks.width}×{looks.height}, which is too much work.")


def _look(path: Path) -> dict[str, object]:
    import av

    from dualface.media import open_media

    try:
        with open_media(path) as container:
            if not set(container.format.name.split(",")) & _FORMATS:
                return {"error": f"{path.name} is of a kind that is not taken here ({container.format.name})."}
            videos = [stream for stream in container.streams.video if stream.width]
            if not videos:
                return {"error": f"{path.name} holds no video."}
            largest = max(videos, key=lambda stream: stream.width * stream.height)
            seconds = (container.duration or 0) / av.time_base
            rate = float(largest.average_rate or largest.guessed_rate or 25)
            frames = max(largest.frames, round(seconds * rate))
            return asdict(Looks(largest.width, largest.height, frames, seconds))
    except (av.FFmpegError, OSError, ValueError) as error:
        return {"error": f"{path.name} is not a video that can be read ({getattr(error, 'strerror', None) or error})."}


def _limit_oneself() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        with contextlib.suppress(ValueError):  # macOS refuses less than is reserved, which is much
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_oneself()
    print(json.dumps(_look(Path(sys.argv[1]))))  # noqa: T201 - who asked reads it
