"""Compiles every CUDA kernel for every supported GPU: ``python -m tests.support.compile_kernels``.

Prints a line for each; exits with 1 when one fails, and with 0 and a note where there is no nvcc.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

KERNELS = Path(__file__).parents[2] / "src" / "dualface" / "pixels" / "kernels"
ARCHITECTURES = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120")


def main() -> int:
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        print("nvcc is not installed: the CUDA kernels were not compiled")
        return 0
    failed = 0
    for path in sorted(KERNELS.glob("*.cu")):
        for architecture in ARCHITECTURES:
            options = ["-O3", "-Werror", "all-warnings", f"-arch={architecture}", "-cubin", "-o", "/dev/null"]
            made = subprocess.run([nvcc, *options, str(path)], capture_output=True, text=True, check=False)
            print(f"{path.name} {architecture}: {'compiled' if made.returncode == 0 else made.stderr.strip()}")
            failed += made.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
