"""What no run can do is found before it begins, with the place of the setting to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualface.config.layers import HybridConfigManager
from dualface.device.cpu import CpuDevice
from dualface.errors import ConfigurationError, DeviceError, DualfaceError, ModelError
from dualface.video import feasible


def manager(folder: Path, text: str) -> HybridConfigManager:
    (folder / "my.yaml").write_text(text)
    manager = HybridConfigManager(config_file=folder / "my.yaml", environment={}, working_dir=folder, config_dir=folder)
    manager.load_optimal_config()
    return manager


def obstacles(folder: Path, text: str) -> list[DualfaceError]:
    loaded = manager(folder, text)
    return feasible.obstacles(loaded.load_optimal_config(), loaded.entries)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("framing: {layout: stackd}", ConfigurationError, "There is no layout named 'stackd'; did you mean stacked?"),
        ("framing: {size: 320x180, gap: 512}", ConfigurationError, "A gap of 512 pixels leaves no room for two tiles in 320"),
        ("encoding: {preset: nonsense}", ConfigurationError, "encoding.preset: libx264 has no preset 'nonsense'"),
        ("encoding: {codec: av1, preset: veryfast}", ConfigurationError, "encoding.preset: libsvtav1 has no preset"),
        ("models: {face_detection: nope}", ModelError, "No model is named 'nope'"),
        ("models: {face_detection: dlib-resnet}", ConfigurationError, "There is no detector named 'dlib'"),
        ("models: {reid_model: centerface}", ModelError, "centerface is a model of the family centerface, which makes no"),
        ("framing: {caption_font: my.yaml, caption_left: Ann}", ConfigurationError, "The caption font my.yaml can't be read"),
        ("reid: {people: my.yaml}", ConfigurationError, "my.yaml, line 1: there is no reid; there can be left and right."),
        (
            "{hardware: {device: cpu}, detection: {backend: tensorrt}}",
            DeviceError,
            "detection.backend is tensorrt, which needs",
        ),
        (
            "{hardware: {device: cpu}, processing: {decoder: cuda}}",
            DeviceError,
            "processing.decoder is cuda, which needs a GPU: use --device cuda or choose another.",
        ),
        ("detection: {backend: opnvino}", ConfigurationError, "There is no inference library named 'opnvino'; did you mean o"),
        ("tracking: {tracker: sort}", ConfigurationError, "There is no tracker named 'sort'; there are bytetrack."),
        ("processing: {encoder: gpu}", ConfigurationError, "There is no encoder named 'gpu'; "),
    ],
)
def test_what_no_run_can_do_has_the_runs_error_and_its_place(
    text: str, kind: type[DualfaceError], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [error] = obstacles(tmp_path, text)
    assert type(error) is kind
    assert str(error).startswith(f"{tmp_path}/my.yaml, line 1: {message}")


def test_all_of_them_are_found_and_nothing_where_nothing_is_wrong(tmp_path: Path) -> None:
    text = "framing: {layout: stackd}\nencoding: {preset: nonsense}\nmodels: {face_detection: nope}\n"
    assert len(obstacles(tmp_path, text)) == 3
    assert obstacles(tmp_path, "") == []
    fine = "framing: {layout: stacked, gap: 8, caption_left: Ann}\nencoding: {codec: av1, preset: 8}\nreid: {mode: never}\n"
    assert obstacles(tmp_path, fine + "models: {reid_model: nope}\n") == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("hardware: {device: cuda}", "line 1: CuPy is not installed."),
        ("detection: {backend: tensorrt}", "line 1: detection.backend is tensorrt, which needs a GPU"),
        ("processing: {composer: cuda}", "line 1: processing.composer is cuda, which needs a GPU"),
        ("detection: {backend: onnxruntime}", None),
        ("", None),
    ],
)
def test_a_device_that_was_asked_for_and_is_not_there_is_missed(
    text: str, missing: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(config: object) -> CpuDevice:
        if "device: cuda" in text:
            raise DeviceError("CuPy is not installed.")
        return CpuDevice()

    monkeypatch.setattr(feasible, "choose_device", choose)
    loaded = manager(tmp_path, text)
    error = feasible.missing_device(loaded.load_optimal_config(), loaded.entries)
    assert (error is None) == (missing is None)
    assert (missing or "") in str(error)
