"""dualface turns footage of two people into a steady split screen.

::

    film = dualface.make("talk.mp4", "out")             # one video
    for event in dualface.make_all(videos, "out"): ...  # many
    analysis = dualface.analyse("talk.mp4")             # who is where; no film yet
    analysis.plan(layout="stacked").render("tall.mp4")  # decide and show

What this package offers is listed in ``__all__``; each name is loaded when it is first used, so that importing costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "dualface.api.films": ("Film", "make", "make_all"),
    "dualface.api.analysing": ("analyse",),
    "dualface.api.correcting": ("correct",),
    "dualface.api.plans": ("Analysis", "Plan"),
    "dualface.api.machine": ("probe",),
    "dualface.config.schema": ("Config",),
    "dualface.config.corrections_file": (
        "CorrectionError",
        "correction_of",
        "entry_of",
        "load_corrections",
        "save_corrections",
    ),
    "dualface.corrections": (
        "Caption",
        "Correction",
        "CropHere",
        "Cut",
        "CutHere",
        "Ease",
        "FaceIs",
        "Instant",
        "KeepAway",
        "Keyframe",
        "LayoutHere",
        "Reach",
        "Swap",
        "Who",
    ),
    "dualface.config.probe": ("HardwareFacts", "HardwareProber"),
    "dualface.config.layers": ("HybridConfigManager", "StreamAllocationConfig"),
    "dualface.config.loaders": ("FallbackConfigLoader", "ManualConfigLoader"),
    "dualface.config.rules": ("ConfigValidationRules",),
    "dualface.jobs": ("Job", "Status", "VideoOutcome"),
    "dualface.events": (
        "Event",
        "VideoFinished",
        "VideoProgress",
        "VideoStarted",
        "VideoWarning",
    ),
    "dualface.errors": (
        "CompositionError",
        "ConfigurationError",
        "CorruptInputError",
        "DeviceError",
        "DeviceMemoryError",
        "DiskFullError",
        "DualfaceError",
        "ExitCode",
        "InputError",
        "ModelError",
        "OutputError",
        "OutputExistsError",
        "StoppedError",
    ),
    "dualface.types": (
        "Box",
        "Fill",
        "FramePlan",
        "Look",
        "Moment",
        "Naming",
        "Observation",
        "ObservedFace",
        "Person",
        "Placement",
        "Rect",
        "Tile",
        "TileState",
        "VideoInfo",
    ),
    "dualface.decode.nvdec": ("NvDecoder",),
    "dualface.inference.tensorrt": ("TensorRTInferenceEngine",),
    "dualface.observe.people.reid": ("ConditionalReID",),
    "dualface.observe.people.swap_risk": ("IDSwapDetector",),
    "dualface.render.compose.cuda": ("GPUTileComposer",),
    "dualface.render.compose.error_policy": ("TileCompositionErrorPolicy",),
    "dualface.render.encode.nvenc": ("NvEncoder",),
    "dualface.batch.memory": ("GPUMemoryManager",),
    "dualface.batch.monitor": ("HardwareMonitor",),
    "dualface.batch.queue": ("CUDAStreamManager", "StreamSyncManager"),
    "dualface.batch.recovery": ("StreamRecoveryManager",),
    "dualface.workers.process_stream": ("StreamWorker",),
}
_CALLED_THERE = {"StreamWorker": "ProcessStream"}
"""Names of the founding document, and what they are called where they live."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]  # noqa: PLE0604 - computed from the table above


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), _CALLED_THERE.get(name, name))


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from dualface.api.analysing import analyse as analyse
    from dualface.api.correcting import correct as correct
    from dualface.api.films import Film as Film
    from dualface.api.films import make as make
    from dualface.api.films import make_all as make_all
    from dualface.api.machine import probe as probe
    from dualface.api.plans import Analysis as Analysis
    from dualface.api.plans import Plan as Plan
    from dualface.config.corrections_file import load_corrections as load_corrections
    from dualface.config.corrections_file import save_corrections as save_corrections
    from dualface.config.schema import Config as Config
