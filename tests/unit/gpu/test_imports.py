"""Nothing of CUDA is needed until a GPU is asked for."""

import subprocess
import sys

import pytest

_SCRIPT = """
import sys
for name in ("cupy", "tensorrt", "pynvml"):
    sys.modules[name] = None  # makes importing it fail
import dualface, dualface.cli.main, dualface.batch.run_batch, dualface.video.video_run, dualface.device.cuda
import dualface.bench.gpu, dualface.inference.tensorrt, dualface.inference.onnxruntime_cuda, dualface.gpu.nvml
from dualface.device.choose import CpuDevice
CpuDevice()
"""


@pytest.mark.slow
def test_everything_can_be_imported_without_cuda() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True)


def test_the_cpus_path_imports_nothing_of_the_gpus() -> None:
    imports = "import sys, dualface.device.choose, dualface.video.video_run"
    script = f"{imports}; print([name for name in sys.modules if 'cupy' in name or 'cuda' in name])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
