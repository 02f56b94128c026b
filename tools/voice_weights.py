"""Makes ``src/dualface/observe/voice.npz``, the numbers of the voice detector, out of the published package.

pip download --no-deps silero-vad==6.2.3
python -m tools.voice_weights silero_vad-6.2.3-py3-none-any.whl
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx

_INSIDE, _LICENCE = "silero_vad/data/silero_vad.onnx", "silero_vad-6.2.3.dist-info/licenses/LICENSE"
_OF_16_KHZ = "then_branch"
_PARTS = ("encoder.", "decoder.")
"""Of the network; the windowed Fourier transform before them is numpy's."""
_BESIDE = Path(__file__).parents[1] / "src" / "dualface" / "observe"


def main(wheel: Path) -> None:
    """Writes the numbers as halves, and their licence beside them."""
    with zipfile.ZipFile(wheel) as archive:
        model, licence = onnx.load_from_string(archive.read(_INSIDE)), archive.read(_LICENCE)
    choice = next(node for node in model.graph.node if node.op_type == "If")
    branch = next(attribute.g for attribute in choice.attribute if attribute.name == _OF_16_KHZ)
    numbers: dict[str, Any] = {}
    for node in branch.node:
        name = node.output[0].partition("Inline_0__")[2]
        if node.op_type == "Constant" and name.startswith(_PARTS):
            numbers[name.replace("reparam_conv.", "")] = onnx.numpy_helper.to_array(node.attribute[0].t).astype(np.float16)
    np.savez_compressed(_BESIDE / "voice.npz", **numbers)
    (_BESIDE / "voice.LICENSE").write_bytes(licence)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
