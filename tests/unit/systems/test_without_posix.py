"""The CPU's way through the program on a system that has nothing of POSIX but file names, as Windows; played in a process."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

WITHOUT_POSIX = """
    import os, signal, sys
    # libraries first: they are as they are on this system
    import asyncio, multiprocessing.connection, multiprocessing.util, pathlib, shutil, subprocess, tempfile
    import av, numba, numpy, onnx, openvino, platformdirs, prometheus_client, psutil, pydantic, rich.console, typer
    for name in ("resource", "termios", "pwd", "grp", "tty", "pty"):
        sys.modules[name] = None
    for owner, names in (
        (os, ("fork", "forkpty", "sched_getaffinity", "memfd_create", "geteuid", "getuid", "mkfifo")),
        (signal, ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "pthread_sigmask", "setitimer")),
    ):
        for name in names:
            if hasattr(owner, name):
                delattr(owner, name)
    import dualface.files
    dualface.files.WINDOWS = True


    def refusing(change):  # a file that is open can be neither removed nor replaced there
        def changed(*paths, dir_fd=None, **more):
            for path in paths:
                try:
                    found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
                except OSError:
                    continue
                for descriptor in os.listdir("/proc/self/fd"):
                    try:
                        held = os.fstat(int(descriptor))
                    except OSError:
                        continue
                    if os.path.samestat(found, held):
                        raise PermissionError(13, "The process cannot access the file because it is being used", path)
            return change(*paths, **more) if dir_fd is None else change(*paths, dir_fd=dir_fd, **more)
        return changed


    os.unlink, os.remove, os.replace, os.rename = map(refusing, (os.unlink, os.remove, os.replace, os.rename))
"""


def played(code: str, *arguments: object) -> str:
    """What ``code`` prints in a process that plays such a system."""
    program = textwrap.dedent(WITHOUT_POSIX) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_everything_that_the_cpu_needs_can_be_imported() -> None:
    code = """
        import importlib, pkgutil
        sys.modules["fcntl"] = None
        import dualface
        left_out = ("dualface.gpu", "dualface.testing", "dualface.__main__")
        names = [m.name for m in pkgutil.walk_packages(dualface.__path__, "dualface.") if not m.name.startswith(left_out)]
        for name in names:
            importlib.import_module(name)
        print(len(names))
    """
    assert int(played(code)) > 100


@pytest.mark.slow
def test_a_video_becomes_a_film(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    render_scene(source, SCENES["interview"], size=(320, 180), fps=10, seconds=2)
    code = "from dualface.cli.main import main; sys.exit(main(sys.argv[1:]))"
    lines = played(code, "run", source, "-o", tmp_path / "out", "--size", "320x180", "--json").splitlines()
    assert json.loads(lines[-1])["exit_code"] == 0
    assert (tmp_path / "out" / "talk.mp4").stat().st_size > 1000
    summary = json.loads((tmp_path / "out" / "talk.summary.json").read_text(encoding="utf-8"))
    assert summary["frames"] == 20
    assert not list((tmp_path / "out").glob(".*")), "work is removed once the film is there"
