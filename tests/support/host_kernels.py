"""CUDA kernels that run on the CPU, for :class:`dualface.testing.fake_cuda.FakeCuda`."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dualface.testing.fake_cuda import FakeCuda, HostKernel

_SHIM = Path(__file__).with_name("host_cuda")
_BUILT = Path(__file__).parents[2] / ".pytest_cache" / "host_kernels"
"""Kept: several processes run the tests, and compiling takes longer than most of them."""


def fake_cuda(**options: Any) -> FakeCuda:
    """A fake GPU that runs the real kernels; skips the test where there is no C++ compiler."""
    return FakeCuda(compiler=compile_for_host, **options)


def compile_for_host(source: str, names: Sequence[str]) -> dict[str, HostKernel]:
    library = _library(source, tuple(names))
    return {name: _launcher(getattr(library, f"packed_{name}")) for name in names}


@cache
def _library(source: str, names: tuple[str, ...]) -> ctypes.CDLL:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler here")
    code = '#include "packed.h"\n' + source + "\n" + "\n".join(f"PACKED({name})" for name in names) + "\n"
    shim = b"".join(path.read_bytes() for path in sorted(_SHIM.iterdir()))
    built = _BUILT / f"{hashlib.sha256(code.encode() + shim).hexdigest()[:16]}.so"
    if not built.exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT) as folder:
            path, library = Path(folder, "kernels.cpp"), Path(folder, "kernels.so")
            path.write_text(code)
            options = ["-std=c++17", "-O2", "-ffp-contract=off", "-fPIC", "-shared", f"-I{_SHIM}"]
            subprocess.run([compiler, *options, str(path), "-o", str(library)], check=True)
            library.replace(built)
    return ctypes.CDLL(str(built))


def _launcher(function: Any) -> HostKernel:
    def run(grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any]) -> None:
        held = [np.array(argument) for argument in args]
        pointers = (ctypes.c_void_p * len(held))(*(argument.ctypes.data for argument in held))
        function(*grid[:2], *block[:2], pointers)

    return run
