"""What strangers get: the locked versions, the wheel, the documentation."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import dualface

PROJECT = Path(__file__).parents[2]


def locked(name: str) -> set[str]:
    """The lines of a lock that say which version of what is installed where; each ends in a backslash, hashes follow."""
    lines = (PROJECT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {line.rstrip(" \\") for line in lines if re.match(r"[a-z0-9.-]+==", line)}


def names(lock: set[str]) -> set[str]:
    return {line.partition("==")[0] for line in lock}


def test_developers_run_the_versions_that_users_run() -> None:
    run, dev = locked("run.lock"), locked("dev.lock")
    assert names(run) <= names(dev)
    assert {line.partition(" ;")[0] for line in run} <= {line.partition(" ;")[0] for line in dev}


def test_running_brings_no_developers_tools_and_no_second_video_library() -> None:
    assert not names(locked("run.lock")) & {
        "pytest",
        "ruff",
        "mypy",
        "mkdocs",
        "opencv-python",
        "scikit-image",
        "scipy",
        "imageio",
    }


def test_everything_that_is_needed_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in project["dependencies"]}
    assert needed <= names(locked("run.lock"))


def test_the_citation_names_this_version() -> None:
    assert f"\nversion: {dualface.__version__}\n" in (PROJECT / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_wheel_holds_what_is_not_code_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
    source = PROJECT / "src"
    files = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {name for name in inside if name.startswith("dualface/")} == files


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tools.pictures"], cwd=PROJECT, check=True, capture_output=True)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, env={"NO_MKDOCS_2_WARNING": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "images" / "made" / "people.webp").exists()
    assert "default_size" in (tmp_path / "plugins" / "index.html").read_text(encoding="utf-8")  # the example is shown
