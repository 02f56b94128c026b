"""Every kernel compiles for every generation of GPUs that dualface supports."""

import shutil
import subprocess
from pathlib import Path

import pytest

import dualface.pixels

KERNELS = sorted(Path(dualface.pixels.__path__[0], "kernels").glob("*.cu"))
ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)


def test_there_are_kernels() -> None:
    assert {path.stem for path in KERNELS} >= {"compose", "tensor", "warp"}


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")
@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_it_compiles_without_warnings(path: Path, tmp_path: Path) -> None:
    targets = [f"-gencode=arch=compute_{n},code=sm_{n}" for n in ARCHITECTURES]
    command = ["nvcc", "-std=c++17", "-fmad=false", "-Werror=all-warnings", "-fatbin", *targets]
    done = subprocess.run([*command, "-o", str(tmp_path / "kernels"), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
