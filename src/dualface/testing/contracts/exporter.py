"""What every exporter promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import pytest

from dualface.interfaces import Exporter
from dualface.testing.timelines import RATES, odd_names, sample
from dualface.timeline import Timeline, TimelineRate

FOLDER = Path("/films")


class ExporterContract(ABC):
    """Whether an editing program shows what the timeline says is a matter of tests of the format's own."""

    @abstractmethod
    def make(self) -> Exporter:
        """A new exporter."""

    def written(self, timeline: Timeline) -> bytes:
        return self.make().export(timeline, FOLDER)

    def test_it_is_an_exporter_and_knows_how_its_files_are_called(self) -> None:
        exporter = self.make()
        assert isinstance(exporter, Exporter)
        assert exporter.suffix.startswith(".")
        assert exporter.suffix == type(exporter).suffix, "it is asked before one is made"

    @pytest.mark.parametrize("rate", RATES, ids=str)
    def test_the_same_timeline_gives_the_same_file_at_any_rate(self, rate: TimelineRate) -> None:
        exporter, timeline = self.make(), sample(rate)
        first = exporter.export(timeline, FOLDER)
        assert first
        exporter.export(sample(sound=False), FOLDER)
        assert exporter.export(timeline, FOLDER) == first == self.written(timeline)

    def test_names_of_any_kind_are_written(self) -> None:
        assert self.written(odd_names())

    def test_a_film_may_be_silent_empty_and_without_markers(self) -> None:
        assert self.written(sample(sound=False))
        assert self.written(replace(sample(), markers=()))
        assert self.written(replace(sample(), tracks=()))
