"""``python -m benchmarks.bench_slices --jobs 1 4 16``: one film by one worker and by several.

[--minutes 10] [--height 1080] [--source FILM] [--device cpu] [--gpus 0,1] [--films 1]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from dualface.batch.run_batch import run_batch
from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.errors import DualfaceError
from dualface.events import Event, EventBus, VideoNote, VideoWarning
from dualface.footage.render import write_talk
from dualface.jobs import Job
from dualface.scheduling import usable_cores

LOOP_SECONDS = 60.0
"""So much footage is made, and joined to itself until it is long enough: painting it takes longer than making films of it."""


def long_film(folder: Path, minutes: float, height: int) -> Path:
    """A conversation in one shot, over and over, with sound."""
    import av

    loop, path = folder / "loop.mp4", folder / "film.mp4"
    write_talk(loop, size=(height * 16 // 9, height), seconds=min(LOOP_SECONDS, 60 * minutes), fps=30)
    with av.open(str(path), "w") as out:
        shift = 0.0
        while shift < 60 * minutes - 1:
            with av.open(str(loop)) as source:
                if not shift:
                    streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
                for packet in source.demux():
                    if packet.pts is None or packet.dts is None or packet.time_base is None:
                        continue
                    offset = round(shift / packet.time_base)
                    packet.pts, packet.dts, packet.stream = (
                        packet.pts + offset,
                        packet.dts + offset,
                        streams[packet.stream.index],
                    )
                    out.mux(packet)
                shift += (source.duration or 0) / av.time_base + 0.05  # sound may end after the pictures
    return path


def configured(folder: Path, workers: int, device: str, gpus: str) -> Config:
    flags = [("--jobs", "processing.cuda_streams", str(workers)), ("--device", "hardware.device", device)]
    flags.append(("--gpus", "hardware.gpus", gpus))
    return HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()


def made_by(folder: Path, source: Path, config: Config, films: int) -> dict[str, Any]:
    """How long it takes to make so many films of the source, by as many workers as it says.  They stay in ``folder``."""
    workers = config.processing.cuda_streams
    bus = EventBus()

    def tell(event: Event) -> None:
        if isinstance(event, VideoNote | VideoWarning):
            print(f"  {event.message}", flush=True)

    bus.subscribe(tell)
    names = [f"by-{workers}.mp4", *(f"by-{workers}-{n}.mp4" for n in range(1, films))]
    jobs = [Job(source, folder / name, overwrite=True) for name in names]
    started = time.perf_counter()
    outcomes = run_batch(jobs, config, bus=bus, stop=threading.Event())
    seconds = time.perf_counter() - started
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    frames = sum(outcome.summary["frames"] for outcome in outcomes)
    return {"workers": workers, "seconds": round(seconds, 1), "fps": round(frames / seconds, 1), "frames": frames}


def compile_loops(folder: Path, height: int, device: str) -> None:
    """Makes a short film, so that what is compiled once for all is not counted."""
    write_talk(folder / "short.mp4", size=(height * 16 // 9, height), seconds=2.0, fps=30)
    made_by(folder, folder / "short.mp4", configured(folder, 1, device, ""), 1)


def difference(folder: Path, one: int, other: int) -> dict[str, Any]:
    """In how many frames the tiles are others, and by how many pixels their crops differ at most."""
    films = []
    for workers in (one, other):
        lines = (folder / f"by-{workers}.tracks.jsonl").read_text().splitlines()[1:]
        films.append([json.loads(line) for line in lines])
    others, apart, off = 0, 0.0, 0
    for a, b in zip(*films, strict=True):
        tiles, tiles_of_other = a["tiles"], b["tiles"]
        if {k: t["at"] for k, t in tiles.items()} != {k: t["at"] for k, t in tiles_of_other.items()}:
            others += 1
            continue
        far = max(
            (abs(x - y) for k, t in tiles.items() for x, y in zip(t["crop"], tiles_of_other[k]["crop"], strict=True)),
            default=0.0,
        )
        apart, off = max(apart, far), off + (far > 0.5)
    return {
        "frames": len(films[0]),
        "other_tiles": others,
        "crops_more_than_half_a_pixel_off": off,
        "most_pixels": round(apart, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--source", type=Path, help="a film of your own instead of one that is made")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--gpus", default="", help="as dualface run has it")
    parser.add_argument("--films", type=int, default=1, help="so many films of it at a time")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dualface-slices-"))
    try:
        source = options.source or long_film(folder, options.minutes, options.height)
        print(f"{usable_cores()} cores; {source}", flush=True)
        compile_loops(folder, options.height, options.device)
        made: list[dict[str, Any]] = []
        for workers in options.jobs:
            made.append(
                made_by(folder, source.absolute(), configured(folder, workers, options.device, options.gpus), options.films)
            )
            ratio = made[0]["seconds"] / made[-1]["seconds"]
            print(json.dumps(made[-1] | {"times_as_fast": round(ratio, 2)}), flush=True)
            if len(made) > 1:
                print(json.dumps({"against": made[0]["workers"]} | difference(folder, made[0]["workers"], workers)), flush=True)
    except DualfaceError as error:
        raise SystemExit(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
