"""Which layer a value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualface.config.layers import HybridConfigManager, StreamAllocationConfig
from dualface.config.loaders import Layer
from dualface.config.settings import all_settings
from dualface.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "user").mkdir()
    return tmp_path


def manager_in(folder: Path, **arguments: object) -> HybridConfigManager:
    settings = {"environment": {}, "working_dir": folder / "work", "config_dir": folder / "user", **arguments}
    return HybridConfigManager(**settings)  # type: ignore[arg-type]


def test_without_any_file_every_value_is_the_fallback(folder: Path) -> None:
    manager = manager_in(folder)
    config = manager.load_optimal_config()
    assert list(manager.entries) == list(all_settings())
    assert {entry.origin.layer for entry in manager.entries.values()} == {Layer.FALLBACK}
    assert config.encoding.bitrate_kbps == 5000


def test_layers_are_merged_key_by_key_and_every_origin_is_remembered(folder: Path) -> None:
    (folder / "user/auto_detected.yaml").write_text("processing: {cuda_streams: 4}\nhardware: {gpu_id: 1, nvdec_engines: 7}\n")
    (folder / "work/manual_config.yaml").write_text("framing:\n  zoom: 1.5\n  gap: 8\nhardware:\n  gpu_id: 2\n")
    manager = manager_in(
        folder,
        environment={"DUALFACE_FRAMING_GAP": "12", "DUALFACE_FRAMING_HEADROOM": "0.4"},
        flags=[("--headroom", "framing.headroom", "0.5")],
    )
    config = manager.load_optimal_config()
    assert (config.framing.headroom, config.framing.gap, config.framing.zoom) == (0.5, 12, 1.5)
    assert (config.hardware.gpu_id, config.hardware.nvdec_engines, config.processing.cuda_streams) == (2, 7, 4)
    origins = {key: str(entry.origin) for key, entry in manager.entries.items()}
    assert origins["framing.headroom"] == "--headroom"
    assert origins["framing.gap"] == "DUALFACE_FRAMING_GAP"
    assert origins["framing.zoom"] == f"{folder / 'work/manual_config.yaml'}, line 2"
    assert origins["hardware.nvdec_engines"] == f"{folder / 'user/auto_detected.yaml'}, line 2"
    assert manager.entries["framing.smoothing"].origin.layer is Layer.FALLBACK


def test_the_named_file_wins_over_the_working_folders_and_that_over_the_users(folder: Path) -> None:
    own = folder / "own.yaml"
    for path, zoom in ((own, 1.1), (folder / "work/manual_config.yaml", 1.2), (folder / "user/manual_config.yaml", 1.3)):
        path.write_text(f"framing: {{zoom: {zoom}}}\n")
    assert manager_in(folder, config_file=own).load_optimal_config().framing.zoom == 1.1
    assert manager_in(folder).load_optimal_config().framing.zoom == 1.2
    (folder / "work/manual_config.yaml").unlink()
    assert manager_in(folder).load_optimal_config().framing.zoom == 1.3


@pytest.mark.parametrize("text", ["processing: {cuda_streams: many}\n", "nonsense: [", "probe: {cpu: 1}\n"])
def test_a_broken_auto_detected_file_is_left_out_with_a_warning(folder: Path, text: str) -> None:
    (folder / "user/auto_detected.yaml").write_text(text)
    manager = manager_in(folder)
    assert manager.load_optimal_config().processing.cuda_streams == 1
    [warning] = manager.warnings
    assert "auto_detected.yaml" in warning
    assert "dualface probe" in warning


def test_a_broken_manual_file_is_an_error(folder: Path) -> None:
    (folder / "work/manual_config.yaml").write_text("framing: {zoom: 9}\n")
    with pytest.raises(ConfigurationError, match=r"manual_config\.yaml, line 1: framing\.zoom"):
        manager_in(folder).load_optimal_config()


def test_the_stream_allocation_follows_the_configuration(folder: Path) -> None:
    (folder / "work/manual_config.yaml").write_text(
        "hardware: {nvdec_engines: 2, nvenc_engines: 3}\nprocessing: {cuda_streams: 4}\nmemory: {vram_per_stream_mb: 6144}\n"
    )
    expected = StreamAllocationConfig(nvdec_sessions=2, nvenc_sessions=3, cuda_streams=4, vram_per_stream=6144)
    assert manager_in(folder).get_stream_allocation() == expected
