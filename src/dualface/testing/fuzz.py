"""Damaged video files by the thousand, and a process to read them in.

    python -m dualface.testing.fuzz --count 5000 --seed 1 a.mp4 b.mkv

reads mutations of the files in child processes with limited memory and time, and prints what became of them as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import random
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from dualface.errors import DualfaceError

MEMORY_BYTES = 3 << 30
SECONDS, LONGEST_SECONDS = 20.0, 300.0
"""What one file may take of the processor's time, and of time: on a busy machine the one says little of the other."""
OWN_READER = "dualface.testing.fuzz:read_all"
_MOST_FRAMES = 60
_TELLING_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, seed: int) -> bytes:
    """``data`` with one to eight changes; the same for the same seed."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if len(out) > 16:
            chance.choice(_CHANGES)(out, chance)
    return bytes(out)


def _place(out: bytearray, chance: random.Random) -> int:
    """Headers and indices are near both ends: most changes go there."""
    near = min(len(out), 2048)
    return chance.choice((chance.randrange(near), len(out) - 1 - chance.randrange(near), chance.randrange(len(out))))


def _flip(out: bytearray, chance: random.Random) -> None:
    out[_place(out, chance)] ^= 1 << chance.randrange(8)


def _number(out: bytearray, chance: random.Random) -> None:
    at = _place(out, chance)
    out[at : at + 4] = chance.choice(_TELLING_NUMBERS).to_bytes(4, "big")


def _noise(out: bytearray, chance: random.Random) -> None:
    at = _place(out, chance)
    out[at : at + 64] = chance.randbytes(min(64, len(out) - at))


def _cut(out: bytearray, chance: random.Random) -> None:
    del out[_place(out, chance) :]


def _remove(out: bytearray, chance: random.Random) -> None:
    at = _place(out, chance)
    del out[at : at + chance.randrange(1, 256)]


def _repeat(out: bytearray, chance: random.Random) -> None:
    at = _place(out, chance)
    out[at:at] = out[at : at + chance.randrange(1, 512)]


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _number, _noise, _cut, _remove, _repeat)


def read_all(path: Path) -> str:
    """Probes and decodes; ``read`` or ``refused``.  Whatever is raised besides the project's errors is a fault."""
    from dualface.decode.software import SoftwareDecoder, probe

    try:
        probe(path)
        decoder = SoftwareDecoder(path, threads=1)
        try:
            decoder.decode_batch(_MOST_FRAMES)
        finally:
            decoder.close()
    except DualfaceError:
        return "refused"
    return "read"


def fuzz(sources: Sequence[Path], seeds: range, *, reader: str = OWN_READER) -> tuple[Counter[str], list[str]]:
    """What became of one mutation for each seed: ``read``, ``refused``, or, with a line to find it again, worse.

    ``reader`` names what reads them, as ``module:function``, which is as :func:`read_all`.

    ``crashed`` (the child died), ``hung`` (it took too long), ``error: …`` (an exception that is not the project's).
    """
    counts: Counter[str] = Counter()
    faults: list[str] = []
    first = seeds.start
    while first < seeds.stop:
        for seed, end in _child(sources, range(first, seeds.stop), reader):
            first = seed + 1
            counts[end.partition(":")[0]] += 1
            if end not in {"read", "refused"}:
                faults.append(f"seed {seed} of {sources[seed % len(sources)].name}: {end}")
    return counts, faults


def _child(sources: Sequence[Path], seeds: range, reader: str) -> Iterator[tuple[int, str]]:
    command = [sys.executable, "-m", "dualface.testing.fuzz", "--child", f"--seed={seeds.start}", f"--count={len(seeds)}"]
    command.append(f"--reader={reader}")
    with subprocess.Popen([*command, *map(str, sources)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        for seed in seeds:
            line = _answer(child)
            if not line:
                child.kill()
                yield seed, f"crashed: {child.wait()}" if line is not None else "hung"
                return
            yield seed, line.decode().strip()


def _answer(child: subprocess.Popen[bytes]) -> bytes | None:
    """The child's next line, empty if it died; ``None`` if it takes too long."""
    assert child.stdout is not None
    began, used = time.monotonic(), _processor_seconds(child)
    while not select.select([child.stdout], [], [], 1.0)[0]:
        if time.monotonic() - began > LONGEST_SECONDS or _processor_seconds(child) - used > SECONDS:
            return None
    return child.stdout.readline()


def _processor_seconds(child: subprocess.Popen[bytes]) -> float:
    try:
        times = psutil.Process(child.pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _serve(sources: Sequence[Path], seeds: range, reader: str) -> None:
    import resource

    module, _, function = reader.partition(":")
    read: Callable[[Path], str] = getattr(importlib.import_module(module), function)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    contents = [source.read_bytes() for source in sources]
    with tempfile.TemporaryDirectory(prefix="dualface-fuzz-") as folder:
        for seed in seeds:
            source = seed % len(sources)
            path = Path(folder, f"mutation{sources[source].suffix}")
            path.write_bytes(mutated(contents[source], seed))
            try:
                end = read(path)
            except MemoryError:
                end = "memory"
            except Exception as error:
                end = f"error: {type(error).__name__}: {error}".replace("\n", " ")
            print(end, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description="Reads mutations of video files.")
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", default=OWN_READER, help="what reads them, as module:function")
    parser.add_argument("--child", action="store_true")
    options = parser.parse_args(arguments)
    seeds = range(options.seed, options.seed + options.count)
    if options.child:
        with contextlib.suppress(BrokenPipeError):
            _serve(options.sources, seeds, options.reader)
        return 0
    counts, faults = fuzz(options.sources, seeds, reader=options.reader)
    print(json.dumps({"files": len(seeds), **counts, "faults": faults}, indent=2))  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
