"""What the probe finds and what it writes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from dualface.config import codecs
from dualface.config.codecs import CodecFacts, try_codecs
from dualface.config.gpus import GpuFacts, GpuReport, NvmlGpuProbe
from dualface.config.layers import HybridConfigManager
from dualface.config.probe import HardwareFacts, HardwareProber, InferenceFacts, settings_for, write_auto_detected
from dualface.errors import OutputError

GIB = 2**30


class FakeGpus:
    def __init__(self, *gpus: GpuFacts) -> None:
        self._gpus = gpus

    def find(self) -> GpuReport:
        return GpuReport(self._gpus, driver="580.1")


def facts(*gpus: GpuFacts) -> HardwareFacts:
    prober = HardwareProber(
        gpus=FakeGpus(*gpus),
        codecs=lambda: (CodecFacts("H.264", "libx264", "h264", None, None),),
        inference=lambda: (InferenceFacts("OpenVINO", "1", ("CPU",)),),
    )
    return prober.probe()


def test_every_software_codec_of_the_output_works_here() -> None:
    found = {codec.name: codec for codec in try_codecs()}
    for name in ("H.264", "HEVC", "AV1"):
        assert found[name].encode_problem is None
        assert found[name].decode_problem is None


def test_a_codec_that_cannot_be_opened_is_reported_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = codecs._Trial("Nothing", "no-such-encoder", "h264"), codecs._Trial("Mixed up", "libx264", "no-such-decoder")
    monkeypatch.setattr(codecs, "_TRIALS", broken)
    nothing, mixed_up = try_codecs()
    assert nothing.encode_problem
    assert nothing.decode_problem == "not tried, for lack of an encoder"
    assert mixed_up.encode_problem is None
    assert mixed_up.decode_problem


def test_trying_codecs_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    try_codecs()
    assert capfd.readouterr() == ("", "")


def test_on_the_cpu_one_video_runs_at_a_time() -> None:
    assert settings_for(facts()) == {"processing.cuda_streams": 1}


def test_the_usable_gpu_with_most_memory_is_taken_with_what_was_counted() -> None:
    found = facts(
        GpuFacts(0, "small", 8 * GIB, nvdec_engines=1, nvenc_engines=1),
        GpuFacts(1, "big", 32 * GIB, nvdec_engines=2, nvenc_engines=3),
        GpuFacts(2, "not for us", 80 * GIB, problem="too old."),
    )
    assert settings_for(found) == {
        "hardware.gpu_id": 1,
        "hardware.nvdec_engines": 2,
        "hardware.nvenc_engines": 3,
        "processing.cuda_streams": 4,
    }


def test_engines_nobody_counted_are_not_assumed_and_a_small_gpu_serves_fewer_videos() -> None:
    assert settings_for(facts(GpuFacts(0, "small", 8 * GIB))) == {"hardware.gpu_id": 0, "processing.cuda_streams": 2}
    assert settings_for(facts(GpuFacts(0, "tiny", GIB)))["processing.cuda_streams"] == 1


def test_what_is_written_is_a_valid_layer_with_the_facts_as_comments(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "auto_detected.yaml"
    write_auto_detected(path, facts(GpuFacts(0, "RTX", 32 * GIB, nvdec_engines=2)))
    manager = HybridConfigManager(environment={}, working_dir=tmp_path, config_dir=path.parent)
    assert manager.load_optimal_config().processing.cuda_streams == 4
    assert manager.warnings == []
    comments = path.read_text().partition("# What was found:\n")[2]
    found = yaml.safe_load("".join(line.removeprefix("# ") for line in comments.splitlines(keepends=True)))
    assert found["gpus"]["gpus"][0]["name"] == "RTX"
    assert [file.name for file in path.parent.iterdir()] == ["auto_detected.yaml"]


def test_a_file_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"auto_detected\.yaml can't be written"):
        write_auto_detected(tmp_path / "file" / "auto_detected.yaml", facts())


def test_a_broken_inference_library_is_reported_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", SimpleNamespace())
    [openvino] = [library for library in HardwareProber().probe().inference if library.name == "OpenVINO"]
    assert openvino.version
    assert openvino.problem


class FakeNvml(SimpleNamespace):
    """As much of NVIDIA's library as the probe asks for."""

    class NVMLError(Exception):
        pass

    open = False

    def nvmlInit(self) -> None:
        self.open = True

    def nvmlShutdown(self) -> None:
        self.open = False

    def nvmlDeviceGetCount(self) -> int:
        return 1

    def nvmlSystemGetDriverVersion(self) -> bytes:
        return b"580.1"

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetPciInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(domain=0, bus=handle, device=0)

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(total=32 * GIB)

    def nvmlDeviceGetName(self, handle: int) -> str:
        return "NVIDIA GeForce RTX 5090"


def test_the_drivers_gpus_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    report = NvmlGpuProbe().find()
    assert (report.driver, report.problem) == ("580.1", None)
    assert (report.gpus[0].name, report.gpus[0].memory, report.gpus[0].nvdec_engines) == (
        "NVIDIA GeForce RTX 5090",
        32 * GIB,
        None,
    )
    assert not nvml.open


def test_a_driver_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(FakeNvml):
        def nvmlInit(self) -> None:
            raise FakeNvml.NVMLError("Driver Not Loaded")

    monkeypatch.setitem(sys.modules, "pynvml", Silent())
    assert NvmlGpuProbe().find() == GpuReport(problem="NVIDIA's driver does not answer: Driver Not Loaded.")


def test_without_nvidias_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert NvmlGpuProbe().find() == GpuReport(problem="Install dualface[gpu] to use NVIDIA GPUs.")
