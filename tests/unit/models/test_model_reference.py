"""Everything a user may write for a model, and what is said about what can't be one."""

from pathlib import Path

import pytest

from dualface.errors import ModelError
from dualface.models.catalog import CATALOG, Task
from dualface.models.reference import parse_reference

DIGEST = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("weights.onnx", "face_detection_yunet_2023mar.onnx", "yolov8n-face.onnx", "dlib.onnx", "dlib.dat"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_name() -> None:
    assert parse_reference("centerface") == (CATALOG["centerface"], None)


@pytest.mark.parametrize(
    ("text", "family", "task"),
    [
        ("scrfd:weights.onnx", "scrfd", Task.DETECT),
        ("face_detection_yunet_2023mar.onnx", "yunet", Task.DETECT),
        ("yolov8n-face.onnx", "yolo-face", Task.DETECT),
        ("arcface:weights.onnx", "arcface", Task.EMBED),
        ("my-plugin:weights.onnx", "my-plugin", None),
    ],
)
def test_a_path(folder: Path, text: str, family: str, task: Task | None) -> None:
    spec, path = parse_reference(text)
    assert path == Path(text.partition(":")[2] or text)
    assert (spec.family, spec.task, spec.sha256) == (family, task, None)


def test_a_path_with_a_checksum(folder: Path) -> None:
    spec, path = parse_reference(f"scrfd:{folder}/weights.onnx#sha256={DIGEST.upper()}")
    assert path == folder / "weights.onnx"
    assert spec.sha256 == DIGEST


def test_a_path_below_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert parse_reference("scrfd:~/weights.onnx")[1] == folder / "weights.onnx"


def test_only_dlib_files_that_are_not_yet_onnx_are_converted(folder: Path) -> None:
    assert parse_reference("dlib.dat")[0].prepare
    assert parse_reference("dlib.onnx")[0].prepare is None


@pytest.mark.parametrize("prefix", ["", "sface:"])
def test_a_url(prefix: str) -> None:
    spec, path = parse_reference(f"{prefix}https://example.org/a%20b/my%20scrfd.onnx?x=1#sha256={DIGEST}")
    assert path is None
    assert (spec.name, spec.family) == ("my-scrfd", prefix.rstrip(":") or "scrfd")
    assert (spec.url, spec.sha256) == ("https://example.org/a%20b/my%20scrfd.onnx?x=1", DIGEST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("centreface", "No model is named 'centreface': did you mean 'centerface'"),
        ("something", "No model is named 'something': there are centerface, dlib-resnet"),
        ("models/missing.onnx", "no model file 'models/missing.onnx'"),
        ("scrfd:missing", "no model file 'missing'"),
        ("weights.onnx", "put its family before it, as in 'scrfd:weights.onnx'"),
        ("https://example.org/weights.onnx", "put its family before it"),
        ("scrfd:weights.onnx#sha256=123", "64 hexadecimal digits"),
    ],
)
def test_what_cannot_be_a_model(folder: Path, text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_reference(text)
