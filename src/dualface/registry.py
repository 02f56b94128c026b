"""Which class does what: ``(kind, name)`` → ``"module:Class"``, imported when chosen.

A plugin adds its own line by an entry point of the group ``dualface.plugins`` named ``kind.name``.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from dualface.errors import ConfigurationError

BUILTIN: dict[tuple[str, str], str] = {
    ("inference", "openvino"): "dualface.inference.openvino:OpenVINOInferenceEngine",
    ("inference", "onnxruntime"): "dualface.inference.onnxruntime:OnnxRuntimeInferenceEngine",
    ("inference", "onnxruntime-cuda"): "dualface.inference.onnxruntime_cuda:OnnxRuntimeCudaInferenceEngine",
    ("inference", "tensorrt"): "dualface.inference.tensorrt:TensorRTInferenceEngine",
    ("detector", "centerface"): "dualface.observe.detect.centerface:CenterFaceDetector",
    ("detector", "yunet"): "dualface.observe.detect.yunet:YuNetDetector",
    ("detector", "scrfd"): "dualface.observe.detect.scrfd:ScrfdDetector",
    ("detector", "yolo-face"): "dualface.observe.detect.yolo_face:YoloFaceDetector",
    ("tracker", "bytetrack"): "dualface.observe.track.bytetrack:ByteTracker",
    ("embedder", "cpu"): "dualface.observe.embed.embedder:FaceEmbedder",
    ("layout", "follow"): "dualface.direct.layouts.follow:FollowLayout",
    ("layout", "side-by-side"): "dualface.direct.layouts.side_by_side:SideBySideLayout",
    ("layout", "stacked"): "dualface.direct.layouts.stacked:StackedLayout",
    ("decoder", "cpu"): "dualface.decode.software:SoftwareDecoder",
    ("encoder", "cpu"): "dualface.render.encode.software:SoftwareEncoder",
    ("composer", "cpu"): "dualface.render.compose.cpu:CpuComposer",
}


def names(kind: str) -> list[str]:
    """Every name that :func:`load` knows for this kind, plugins included."""
    plugins = [e.name.removeprefix(f"{kind}.") for e in entry_points(group="dualface.plugins") if e.name.startswith(f"{kind}.")]
    return sorted({n for k, n in BUILTIN if k == kind} | set(plugins))


def load(kind: str, name: str) -> Any:
    """The class registered under ``kind`` and ``name``.

    Raises :class:`~dualface.errors.ConfigurationError` for a name that is not registered; an ``ImportError`` of the module
    itself, as for a library that is not installed, passes through.
    """
    target = BUILTIN.get((kind, name))
    if target is None:
        for entry in entry_points(group="dualface.plugins"):
            if entry.name == f"{kind}.{name}":
                return entry.load()
        near = get_close_matches(name, names(kind), n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names(kind))}."
        raise ConfigurationError(f"There is no {kind} named {name!r}{hint}")
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
