"""What the registry names can be had, and a plugin that does not fit is told in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.plugins import write_plugin

from dualface import interfaces, registry
from dualface.config.settings import all_settings
from dualface.direct.layouts.stacked import StackedLayout
from dualface.errors import ConfigurationError, DeviceError
from dualface.kinds import KINDS, Kind

ODD = """
from dualface.direct.layouts.stacked import StackedLayout

class Fine(StackedLayout):
    pass

class Wants(StackedLayout):
    def __init__(self, color): ...

class Lacks:
    def arrange(self, moment): ...

class Tracker:
    def __init__(self, *, high, speed=3, **others):
        self.made_with = {"high": high, "speed": speed} | others
    def update(self, detections, frame_index, time): ...
    def reset(self): ...

class OnGpuOnly(Tracker):
    def __init__(self, *, runtime): ...

class Embedder:
    def __init__(self, engine, spec): ...

def layout():
    return Fine()

number = 3
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name: str, target: str, package: str = "odd-parts", source: str = ODD) -> None:
        monkeypatch.delitem(sys.modules, "odd", raising=False)
        write_plugin(tmp_path, "odd", source, {name: target}, package)

    return install


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_parts_a_setting_and_an_interface(kind: Kind) -> None:
    assert registry.builtin_names(kind.name)
    assert kind.key in all_settings()
    assert kind.members
    for protocol in (kind.interface, kind.constructor):
        assert hasattr(interfaces, protocol)


@pytest.mark.parametrize(("kind", "name"), registry.BUILTIN)
def test_every_part_of_dualface_would_do_as_a_plugin(kind: str, name: str, install: Install) -> None:
    """It is imported, made as its kind is, and has what its kind has."""
    install(f"{kind}.other", registry.BUILTIN[kind, name])
    assert registry.load(kind, "other") is registry.load(kind, name)


def test_a_setting_that_names_a_part_knows_the_names_of_plugins(install: Install) -> None:
    assert all_settings()["framing.layout"].known() == list(all_settings()["framing.layout"].choices)
    install("layout.fine", "odd:Fine")
    assert {"fine", "stacked"} <= set(all_settings()["framing.layout"].known())
    assert "auto" in all_settings()["processing.decoder"].known()


def test_a_plugin_is_found_by_its_name_and_a_function_will_do(install: Install) -> None:
    install("layout.fine", "odd:layout")
    assert "fine" in registry.names("layout")
    assert isinstance(registry.make("layout", "fine"), StackedLayout)
    assert registry.module_of_plugin("layout", "fine") == "odd"
    assert registry.module_of_plugin("layout", "stacked") is None


def test_a_plugin_cannot_take_a_name_of_dualfaces_own(install: Install) -> None:
    install("layout.stacked", "odd:Fine")
    assert registry.load("layout", "stacked") is StackedLayout


def test_a_constructor_is_given_what_it_names(install: Install) -> None:
    install("tracker.mine", "odd:Tracker")
    made: Any = registry.make("tracker", "mine", high=0.5, low=0.1)
    assert made.made_with == {"high": 0.5, "speed": 3, "low": 0.1}
    made = registry.make("tracker", "bytetrack", high=0.5, low=0.1, unheard_of=1)
    assert "unheard_of" not in vars(made)


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("nowhere:Class", "nowhere:Class can't be imported (ModuleNotFoundError: No module named 'nowhere')"),
        ("odd:Nothing", "odd:Nothing can't be imported (AttributeError: module 'odd' has no attribute 'Nothing')"),
        ("odd:number", "odd:number is of type int, not a class"),
        ("odd:Wants", "every layout is made with (), and it is not (missing a required argument: 'color')"),
        ("odd:Lacks", "it has no default_size, which every layout has"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_its_package(target: str, problem: str, install: Install) -> None:
    install("layout.odd", target)
    with pytest.raises(ConfigurationError) as caught:
        registry.make("layout", "odd")
    assert str(caught.value) == (
        f"The layout 'odd' of odd-parts 1.0 can't be used: {problem}; update or uninstall it, or change framing.layout."
    )


def test_a_module_that_fails_when_imported_is_no_crash(install: Install) -> None:
    install("layout.odd", "odd:Fine", source="1 / 0")
    with pytest.raises(ConfigurationError, match=r"can't be imported \(ZeroDivisionError: division by zero\)"):
        registry.load("layout", "odd")


def test_what_a_constructor_must_have_besides_is_asked_for(install: Install) -> None:
    install("embedder.odd", "odd:Embedder")
    with pytest.raises(ConfigurationError, match=r"made with \(engine, spec, \*, pixels\), and it is not \(it has no spec\)"):
        registry.load("embedder", "odd")


def test_two_packages_with_one_name_are_an_error_that_names_both(install: Install) -> None:
    install("layout.odd", "odd:Fine")
    install("layout.odd", "odd:layout", package="other-parts")
    with pytest.raises(ConfigurationError, match=r"^odd-parts 1\.0 and other-parts 1\.0 both bring a layout named 'odd'"):
        registry.load("layout", "odd")


def test_an_unknown_name_says_what_there_is(install: Install) -> None:
    install("layout.fine", "odd:Fine")
    with pytest.raises(ConfigurationError, match=r"^There is no layout named 'fien'; did you mean fine\?$"):
        registry.load("layout", "fien")
    with pytest.raises(
        ConfigurationError, match=r"^There is no inference library named 'x'; there are onnxruntime, .*tensorrt"
    ):
        registry.load("inference", "x")


def test_what_needs_a_gpu_is_refused_without_one() -> None:
    for kind, name in registry.BUILTIN:
        if name in ("cuda", "tensorrt", "tensorrt-rtx", "onnxruntime-cuda"):
            assert registry.works_on_gpu(kind, name)
            with pytest.raises(DeviceError, match=f"^{KINDS[kind].key} is {name}, which needs a GPU"):
                registry.make(kind, name, runtime=None)
        else:
            assert not registry.works_on_gpu(kind, name)
            registry.check_needs_no_gpu(kind, name)
