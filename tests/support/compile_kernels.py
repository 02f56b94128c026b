"""Compiles every CUDA kernel for every supported GPU: ``python -m tests.support.compile_kernels``.

Prints a line for each; exits with 1 when one fails, and with 0 and a note where there is no nvcc.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KERNELS = Path(__file__).parents[2] / "src" / "dualface" / "pixels" / "kernels"
ARCHITECTURES = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120")
_NEGATED = re.compile(r"neg\.s32\s+(%r\d+),")
_COMPARED = re.compile(r"(?:max|min)\.s32\s[^;]*;")


def main() -> int:
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        print("nvcc is not installed: the CUDA kernels were not compiled")
        return 0
    failed = 0
    for path in sorted(KERNELS.glob("*.cu")):
        for architecture in ARCHITECTURES:
            options = ["-O3", "-Werror", "all-warnings", f"-arch={architecture}", "-cubin", "-o", "/dev/null"]
            made = _run(nvcc, path, options)
            print(f"{path.name} {architecture}: {'compiled' if made.returncode == 0 else made.stderr.strip()}")
            failed += made.returncode != 0
        with tempfile.TemporaryDirectory() as folder:
            ptx = Path(folder, "kernels.ptx")  # no pipe: nvcc reads it again
            _run(nvcc, path, ["-O3", "-arch=sm_90", "-ptx", "-o", str(ptx)])
            risky = minus_at_risk(ptx.read_text()) if ptx.exists() else []
        if risky:
            print(f"{path.name}: ptxas may lose a minus in {', '.join(risky)}: compare what was subtracted the other way round")
        failed += bool(risky)
    return 1 if failed else 0


def minus_at_risk(ptx: str) -> list[str]:
    """The kernels in which the negative of a whole number goes straight into a comparison.

    ptxas 13.0 makes one instruction of two such comparisons on Hopper, ``max(a, max(b, -c))``, and forgets the minus.
    """
    risky = []
    for kernel in ptx.split(".entry ")[1:]:
        negated = set(_NEGATED.findall(kernel))
        if any(negated & set(re.findall(r"%r\d+", compared)) for compared in _COMPARED.findall(kernel)):
            risky.append(kernel.split("(")[0].strip())
    return risky


def _run(nvcc: str, path: Path, options: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([nvcc, *options, str(path)], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
