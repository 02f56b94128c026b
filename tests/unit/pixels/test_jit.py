"""Compiled loops are kept on disk where possible, work where it isn't, and need no Numba once they are kept."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dualface.pixels import jit, machine_code
from dualface.pixels.planes import Grid
from dualface.pixels.signature import ArrayOf
from dualface.types import F32Array

LINE = ArrayOf("float32", 1)


@jit.kernel()
def _twice(value: float) -> float:
    return value * 2


def doubled(out: F32Array, grid: Grid, offset: float, negative: bool) -> None:
    spare = np.empty(out.shape[0], np.float32)
    for i in range(grid.width):
        spare[i] = np.float32(_twice(out[i]) + offset)
    for i in range(grid.width):
        out[i] = -spare[i] if negative else spare[i]


SIGNATURE = (LINE, Grid, float, bool)
GRID = Grid(1, 1, 0, 3, 1)


@pytest.fixture(scope="module")
def code() -> bytes:
    return machine_code.made(doubled, {"_twice": _twice}, SIGNATURE)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: bytes) -> list[str]:
    """What was compiled, with a folder of its own to keep it in."""
    names: list[str] = []

    def make(function: object, *_: object) -> bytes:
        names.append(str(function))
        return code

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(jit, "made", make)
    return names


def _results() -> list[float]:
    values = np.array([1, 2, 3, 4], np.float32)
    jit.kernel(SIGNATURE)(doubled)(values, GRID, 0.5, True)
    return [float(value) for value in values]


def test_a_kernel_does_what_its_python_does(made: list[str]) -> None:
    assert _results() == [-2.5, -4.5, -6.5, 4.0]


def test_it_is_compiled_once(made: list[str]) -> None:
    _results()
    _results()
    assert len(made) == 1


def test_without_a_place_to_keep_it_a_kernel_still_works(
    made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "kept"))
    assert _results() == _results() == [-2.5, -4.5, -6.5, 4.0]


def test_code_that_was_damaged_is_made_again(made: list[str], tmp_path: Path) -> None:
    _results()
    (kept,) = (tmp_path / "kept").glob("*.o")
    kept.write_bytes(kept.read_bytes()[:-100] + bytes(100))
    assert _results() == [-2.5, -4.5, -6.5, 4.0]
    assert len(made) == 2


@pytest.mark.parametrize(
    "values",
    [np.zeros(4), np.zeros((2, 2), np.float32), np.zeros(8, np.float32)[::2], [1.0, 2.0, 3.0, 4.0]],
    ids=["another type", "two axes", "with gaps", "no array"],
)
def test_arguments_of_other_types_are_refused(made: list[str], values: Any) -> None:
    with pytest.raises(TypeError, match="doubled"):
        jit.kernel(SIGNATURE)(doubled)(values, GRID, 0.5, True)


def test_what_must_be_written_may_not_be_read_only(made: list[str]) -> None:
    values = np.zeros(4, np.float32)
    values.flags.writeable = False
    with pytest.raises(TypeError):
        jit.kernel(SIGNATURE)(doubled)(values, GRID, 0.5, True)


def test_kept_kernels_are_loaded_without_numba() -> None:
    loops = "dualface.pixels.resample, dualface.pixels.warp, dualface.pixels.blend, dualface.pixels.registration"
    for program in (f"import {loops}", f"import sys; sys.modules['numba'] = None; import {loops}"):
        subprocess.run([sys.executable, "-c", program], check=True)


def flattened_once(out: F32Array, grid: Grid, offset: float, negative: bool) -> None:
    out[:] = np.full((grid.height, out.shape[0]), offset, np.float32).reshape(-1)


def test_a_loop_that_needs_numba_when_it_runs_is_refused_when_it_is_made() -> None:
    with pytest.raises(NotImplementedError, match="flattened_once calls what only Numba has: numba_attempt_nocopy_reshape"):
        machine_code.made(flattened_once, {}, SIGNATURE)


def test_uncompiled_loops_are_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert jit.kernel(SIGNATURE)(doubled) is doubled
