"""Installs dualface into .venv, with locked versions: what it needs to run, or also what its developers work with.

    python tools/install.py run
    python tools/install.py dev

`make` calls this; where there is no make, call it by hand.  It needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parent.parent
FOLDER = PROJECT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
QUIET_SECONDS = 5.0
PIP = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off", "--no-compile")


def main(arguments: Sequence[str]) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where it is said
        sys.exit("dualface needs Python 3.11 or newer; name one with `make PYTHON=python3.12`.")
    if len(arguments) != 1 or arguments[0] not in {"run", "dev"}:
        sys.exit(__doc__)
    if not PYTHON.exists():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit(
                "This Python can't make virtual environments: on Debian and Ubuntu, `apt install python3-venv` mends that."
            )
        step("Making .venv …", sys.executable, "-m", "venv", str(FOLDER))
    what = {"run": "what dualface needs to run", "dev": "what developers work with"}[arguments[0]]
    lock = PROJECT / "requirements" / f"{arguments[0]}.lock"
    step(f"Installing {what} (about {packages(lock)} packages) …", *PIP, "--require-hashes", "-r", str(lock))
    step("Installing dualface …", *PIP, "--no-deps", "--no-build-isolation", "-e", str(PROJECT))
    (FOLDER / f".{arguments[0]}-installed").touch()


def packages(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith((" ", "#")))


def step(title: str, *command: str) -> None:
    """Runs a command and tells what is downloaded, or else how long it has taken so far."""
    print(title, flush=True)
    began = time.monotonic()
    output: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=read_lines, args=(process, lines), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=QUIET_SECONDS)
            except queue.Empty:
                print(f"  … {time.monotonic() - began:.0f} s", flush=True)
                continue
            if line is None:
                break
            output.append(line)
            if line.strip().startswith("Downloading") and " MB)" in line:
                print(f"  {line.strip()}", flush=True)
    if process.returncode:
        sys.exit("".join(output) + f"\n{title} failed; the reason is above.")


def read_lines(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


if __name__ == "__main__":
    main(sys.argv[1:])
