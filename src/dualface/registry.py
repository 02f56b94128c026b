"""Which part does what: ``(kind, name)`` → ``"module:Class"``, imported when the configuration chooses it.

:data:`~dualface.kinds.KINDS` says what kinds of parts there are.  A plugin adds its own by an entry point of the group
:data:`GROUP` named ``kind.name``; it is looked at closely before it is used, so that what does not fit is told with the name
of the package that brought it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from dualface.errors import ConfigurationError, DeviceError
from dualface.kinds import KINDS, Kind, interface

GROUP = "dualface.plugins"
AUTO = "auto"
"""What a setting holds that leaves the choice of a part to the device."""
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


BUILTIN: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("decoder", "cpu"): "dualface.decode.software:SoftwareDecoder",
        ("decoder", "cuda"): "dualface.decode.nvdec:NvDecoder",
        ("detector", "centerface"): "dualface.observe.detect.centerface:CenterFaceDetector",
        ("detector", "scrfd"): "dualface.observe.detect.scrfd:ScrfdDetector",
        ("detector", "yolo-face"): "dualface.observe.detect.yolo_face:YoloFaceDetector",
        ("detector", "yunet"): "dualface.observe.detect.yunet:YuNetDetector",
        ("embedder", "arcface"): "dualface.observe.embed.embedder:FaceEmbedder",
        ("embedder", "dlib"): "dualface.observe.embed.embedder:FaceEmbedder",
        ("embedder", "sface"): "dualface.observe.embed.embedder:FaceEmbedder",
        ("tracker", "bytetrack"): "dualface.observe.track.bytetrack:ByteTracker",
        ("layout", "follow"): "dualface.direct.layouts.follow:FollowLayout",
        ("layout", "side-by-side"): "dualface.direct.layouts.side_by_side:SideBySideLayout",
        ("layout", "speaker"): "dualface.direct.layouts.speaker:SpeakerLayout",
        ("layout", "spotlight"): "dualface.direct.layouts.spotlight:SpotlightLayout",
        ("layout", "stacked"): "dualface.direct.layouts.stacked:StackedLayout",
        ("composer", "cpu"): "dualface.render.compose.cpu:CpuComposer",
        ("composer", "cuda"): "dualface.render.compose.cuda:GPUTileComposer",
        ("encoder", "cpu"): "dualface.render.encode.software:SoftwareEncoder",
        ("encoder", "cuda"): "dualface.render.encode.nvenc:NvEncoder",
        ("exporter", "csv"): "dualface.export.tables:CsvExporter",
        ("exporter", "edl"): "dualface.export.edl:EdlExporter",
        ("exporter", "fcpxml"): "dualface.export.fcpxml:FcpxmlExporter",
        ("exporter", "json"): "dualface.export.tables:JsonExporter",
        ("exporter", "otio"): "dualface.export.otio:OtioExporter",
        ("exporter", "rttm"): "dualface.export.speech:RttmExporter",
        ("exporter", "turns"): "dualface.export.speech:TurnsExporter",
        ("exporter", "xmeml"): "dualface.export.xmeml:XmemlExporter",
        ("cluster", "ray"): "dualface.workers.ray_cluster:RayCluster",
        ("inference", "onnxruntime"): "dualface.inference.onnxruntime:OnnxRuntimeInferenceEngine",
        ("inference", "tensorrt-rtx"): "dualface.inference.tensorrt_rtx:TensorRTRtxInferenceEngine",
        ("inference", "onnxruntime-cuda"): "dualface.inference.onnxruntime_cuda:OnnxRuntimeCudaInferenceEngine",
        ("inference", "openvino"): "dualface.inference.openvino:OpenVINOInferenceEngine",
        ("inference", "tensorrt"): "dualface.inference.tensorrt:TensorRTInferenceEngine",
    }
)


def builtin_names(kind: str) -> list[str]:
    """The names of dualface's own parts of this kind."""
    return sorted(name for known, name in BUILTIN if known == kind)


def names(kind: str) -> list[str]:
    """Every name that :func:`load` knows for this kind, plugins included."""
    plugins = [entry.name.removeprefix(f"{kind}.") for entry in entry_points(group=GROUP) if entry.name.startswith(f"{kind}.")]
    return sorted({*builtin_names(kind), *plugins})


def load(kind: str, name: str) -> Callable[..., Any]:
    """The class registered under ``kind`` and ``name``; a plugin can't take the name of a built-in one.

    Raises :class:`~dualface.errors.ConfigurationError` for a name that is not registered, and for a plugin that can't be
    imported or is not made as :attr:`Kind.signature` says.
    """
    target = BUILTIN.get((kind, name))
    if target is not None:
        module, _, attribute = target.partition(":")
        constructor: Callable[..., Any] = getattr(import_module(module), attribute)
        return constructor
    entry = _entry(kind, name)
    if entry is None:
        near = get_close_matches(name, names(kind), n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names(kind))}."
        raise ConfigurationError(f"There is no {KINDS[kind].noun} named {name!r}{hint}")
    return _from_plugin(KINDS[kind], name, entry)


def make(kind: str, name: str, *arguments: object, **options: object) -> Any:
    """A part, made with ``arguments`` and those of ``options`` that its constructor names, as pytest does with fixtures.

    Raises as :func:`load` and the constructor do, :class:`~dualface.errors.DeviceError` where a part needs a GPU's ``runtime``
    and there is none, :class:`~dualface.errors.ConfigurationError` for a plugin whose parts lack what the interface has.
    """
    constructor = load(kind, name)
    wanted = _parameters(constructor)
    if options.get("runtime") is None:
        _check_needs_no_gpu(KINDS[kind], name, wanted)
    part = constructor(*arguments, **{option: value for option, value in options.items() if _asks_for(wanted, option)})
    if (kind, name) in BUILTIN:
        return part
    lacking = [member for member in KINDS[kind].members if not hasattr(part, member)]
    if lacking:
        raise _unusable(KINDS[kind], name, f"it has no {lacking[0]}, which every {KINDS[kind].noun} has")
    return part


def works_on_gpu(kind: str, name: str) -> bool:
    """Whether the part works in a GPU's memory where there is one: whether its constructor asks for ``runtime``."""
    return _asks_for(_parameters(load(kind, name)), "runtime")


def check_needs_no_gpu(kind: str, name: str) -> None:
    """Raises :class:`~dualface.errors.DeviceError` for a part that can't be made without a GPU's ``runtime``."""
    _check_needs_no_gpu(KINDS[kind], name, _parameters(load(kind, name)))


def module_of_plugin(kind: str, name: str) -> str | None:
    """The top-level module of the plugin that brings this part; ``None`` for built-in parts and unknown names."""
    entry = None if (kind, name) in BUILTIN else _entry(kind, name)
    return entry.module.partition(".")[0] if entry is not None else None


def _entry(kind: str, name: str) -> EntryPoint | None:
    """Raises :class:`~dualface.errors.ConfigurationError` where two packages use the same name."""
    found = {(_package(entry), entry.value): entry for entry in entry_points(group=GROUP, name=f"{kind}.{name}")}
    if len(found) > 1:
        packages = " and ".join(sorted(package for package, _ in found))
        raise ConfigurationError(f"{packages} both bring a {KINDS[kind].noun} named {name!r}; uninstall one of these packages.")
    return next(iter(found.values()), None)


def _from_plugin(kind: Kind, name: str, entry: EntryPoint) -> Callable[..., Any]:
    try:
        constructor: Any = entry.load()
    except Exception as error:  # whatever another's module raises when it is imported
        raise _unusable(kind, name, f"{entry.value} can't be imported ({type(error).__name__}: {error})") from error
    if not callable(constructor):
        raise _unusable(kind, name, f"{entry.value} is of type {type(constructor).__name__}, not a class")
    problem = _misfit(kind, constructor)
    if problem is not None:
        raise _unusable(kind, name, f"every {kind.noun} is made with {_bare(kind.signature)}, and it is not ({problem})")
    return constructor  # type: ignore[no-any-return]


def _misfit(kind: Kind, constructor: Callable[..., Any]) -> str | None:
    """What is wrong when the constructor is called as all of its kind are; ``None`` where it takes that."""
    lacking = [name for name in interface(kind.constructor).__annotations__ if not hasattr(constructor, name)]
    if lacking:
        return f"it has no {lacking[0]}"
    wanted, given = _parameters(constructor), kind.signature.parameters.values()
    positional = [one for one in given if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    options = [one.name for one in given if one.kind is inspect.Parameter.KEYWORD_ONLY and _asks_for(wanted, one.name)]
    try:
        inspect.Signature(list(wanted.values())).bind(*positional, **dict.fromkeys(options))
    except TypeError as error:
        return str(error)
    return None


def _check_needs_no_gpu(kind: Kind, name: str, wanted: Mapping[str, inspect.Parameter]) -> None:
    if "runtime" in wanted and wanted["runtime"].default is inspect.Parameter.empty and _asks_for(wanted, "runtime"):
        raise DeviceError(f"{kind.key} is {name}, which needs a GPU: use --device cuda or choose another.")


def _parameters(constructor: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(constructor).parameters
    except (TypeError, ValueError):  # written in C: it can't be asked, and is given everything
        return inspect.signature(lambda *arguments, **options: (arguments, options)).parameters


def _asks_for(wanted: Mapping[str, inspect.Parameter], option: str) -> bool:
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in wanted.values()):
        return True
    return option in wanted and wanted[option].kind in _BY_NAME


def _bare(signature: inspect.Signature) -> str:
    """Without types."""
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    return str(inspect.Signature(bare))


def _unusable(kind: Kind, name: str, problem: str) -> ConfigurationError:
    entry = _entry(kind.name, name)
    package = _package(entry) if entry is not None else "a plugin"
    return ConfigurationError(
        f"The {kind.noun} {name!r} of {package} can't be used: {problem}; update or uninstall it, or change {kind.key}."
    )


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.module
