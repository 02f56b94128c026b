"""The exporters that come with dualface; what they write is read in tests/unit/export."""

from __future__ import annotations

from dualface.export.edl import EdlExporter
from dualface.export.fcpxml import FcpxmlExporter
from dualface.export.otio import OtioExporter
from dualface.export.speech import RttmExporter, TurnsExporter
from dualface.export.tables import CsvExporter, JsonExporter
from dualface.export.xmeml import XmemlExporter
from dualface.interfaces import Exporter
from dualface.testing.contracts.exporter import ExporterContract


class TestCsv(ExporterContract):
    def make(self) -> Exporter:
        return CsvExporter()


class TestEdl(ExporterContract):
    def make(self) -> Exporter:
        return EdlExporter()


class TestFcpxml(ExporterContract):
    def make(self) -> Exporter:
        return FcpxmlExporter()


class TestJson(ExporterContract):
    def make(self) -> Exporter:
        return JsonExporter()


class TestOtio(ExporterContract):
    def make(self) -> Exporter:
        return OtioExporter()


class TestRttm(ExporterContract):
    def make(self) -> Exporter:
        return RttmExporter()


class TestTurns(ExporterContract):
    def make(self) -> Exporter:
        return TurnsExporter()


class TestXmeml(ExporterContract):
    def make(self) -> Exporter:
        return XmemlExporter()
