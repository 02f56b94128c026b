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
    "dualface.api.finding": ("find_plan",),
    "dualface.api.machine": ("probe",),
    "dualface.api.tracks": ("Tracks", "read_tracks"),
    "dualface.concerns": ("Concern", "ConcernKind"),
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
        "VideoNote",
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
    "dualface.records.headers": ("RecordHeader",),
    "dualface.types": (
        "Box",
        "ColorTags",
        "Fill",
        "FramePlan",
        "Look",
        "Mark",
        "Moment",
        "Naming",
        "Observation",
        "ObservedFace",
        "Person",
        "Placement",
        "Rect",
        "Sound",
        "Speech",
        "Talk",
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


if TYPE_CHECKING:  # the same, for editors and type checkers
    from dualface.api.analysing import analyse as analyse
    from dualface.api.correcting import correct as correct
    from dualface.api.films import Film as Film
    from dualface.api.films import make as make
    from dualface.api.films import make_all as make_all
    from dualface.api.finding import find_plan as find_plan
    from dualface.api.machine import probe as probe
    from dualface.api.plans import Analysis as Analysis
    from dualface.api.plans import Plan as Plan
    from dualface.api.tracks import Tracks as Tracks
    from dualface.api.tracks import read_tracks as read_tracks
    from dualface.batch.memory import GPUMemoryManager as GPUMemoryManager
    from dualface.batch.monitor import HardwareMonitor as HardwareMonitor
    from dualface.batch.queue import CUDAStreamManager as CUDAStreamManager
    from dualface.batch.queue import StreamSyncManager as StreamSyncManager
    from dualface.batch.recovery import StreamRecoveryManager as StreamRecoveryManager
    from dualface.concerns import Concern as Concern
    from dualface.concerns import ConcernKind as ConcernKind
    from dualface.config.corrections_file import CorrectionError as CorrectionError
    from dualface.config.corrections_file import correction_of as correction_of
    from dualface.config.corrections_file import entry_of as entry_of
    from dualface.config.corrections_file import load_corrections as load_corrections
    from dualface.config.corrections_file import save_corrections as save_corrections
    from dualface.config.layers import HybridConfigManager as HybridConfigManager
    from dualface.config.layers import StreamAllocationConfig as StreamAllocationConfig
    from dualface.config.loaders import FallbackConfigLoader as FallbackConfigLoader
    from dualface.config.loaders import ManualConfigLoader as ManualConfigLoader
    from dualface.config.probe import HardwareFacts as HardwareFacts
    from dualface.config.probe import HardwareProber as HardwareProber
    from dualface.config.rules import ConfigValidationRules as ConfigValidationRules
    from dualface.config.schema import Config as Config
    from dualface.corrections import Caption as Caption
    from dualface.corrections import Correction as Correction
    from dualface.corrections import CropHere as CropHere
    from dualface.corrections import Cut as Cut
    from dualface.corrections import CutHere as CutHere
    from dualface.corrections import Ease as Ease
    from dualface.corrections import FaceIs as FaceIs
    from dualface.corrections import Instant as Instant
    from dualface.corrections import KeepAway as KeepAway
    from dualface.corrections import Keyframe as Keyframe
    from dualface.corrections import LayoutHere as LayoutHere
    from dualface.corrections import Reach as Reach
    from dualface.corrections import Swap as Swap
    from dualface.corrections import Who as Who
    from dualface.decode.nvdec import NvDecoder as NvDecoder
    from dualface.errors import CompositionError as CompositionError
    from dualface.errors import ConfigurationError as ConfigurationError
    from dualface.errors import CorruptInputError as CorruptInputError
    from dualface.errors import DeviceError as DeviceError
    from dualface.errors import DeviceMemoryError as DeviceMemoryError
    from dualface.errors import DiskFullError as DiskFullError
    from dualface.errors import DualfaceError as DualfaceError
    from dualface.errors import ExitCode as ExitCode
    from dualface.errors import InputError as InputError
    from dualface.errors import ModelError as ModelError
    from dualface.errors import OutputError as OutputError
    from dualface.errors import OutputExistsError as OutputExistsError
    from dualface.errors import StoppedError as StoppedError
    from dualface.events import Event as Event
    from dualface.events import VideoFinished as VideoFinished
    from dualface.events import VideoNote as VideoNote
    from dualface.events import VideoProgress as VideoProgress
    from dualface.events import VideoStarted as VideoStarted
    from dualface.events import VideoWarning as VideoWarning
    from dualface.inference.tensorrt import TensorRTInferenceEngine as TensorRTInferenceEngine
    from dualface.jobs import Job as Job
    from dualface.jobs import Status as Status
    from dualface.jobs import VideoOutcome as VideoOutcome
    from dualface.observe.people.reid import ConditionalReID as ConditionalReID
    from dualface.observe.people.swap_risk import IDSwapDetector as IDSwapDetector
    from dualface.records.headers import RecordHeader as RecordHeader
    from dualface.render.compose.cuda import GPUTileComposer as GPUTileComposer
    from dualface.render.compose.error_policy import TileCompositionErrorPolicy as TileCompositionErrorPolicy
    from dualface.render.encode.nvenc import NvEncoder as NvEncoder
    from dualface.types import Box as Box
    from dualface.types import ColorTags as ColorTags
    from dualface.types import Fill as Fill
    from dualface.types import FramePlan as FramePlan
    from dualface.types import Look as Look
    from dualface.types import Mark as Mark
    from dualface.types import Moment as Moment
    from dualface.types import Naming as Naming
    from dualface.types import Observation as Observation
    from dualface.types import ObservedFace as ObservedFace
    from dualface.types import Person as Person
    from dualface.types import Placement as Placement
    from dualface.types import Rect as Rect
    from dualface.types import Sound as Sound
    from dualface.types import Speech as Speech
    from dualface.types import Talk as Talk
    from dualface.types import Tile as Tile
    from dualface.types import TileState as TileState
    from dualface.types import VideoInfo as VideoInfo
    from dualface.workers.process_stream import ProcessStream as StreamWorker  # noqa: F401
