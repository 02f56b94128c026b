"""A long film stays in sync, made in one go and made with interruptions; ``make soak`` does so with an hour."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.conftest import Faulty
from tests.support.beeps import minutes_of, sync_of
from tests.support.settings_of import settings_of

from dualface.jobs import Status
from dualface.testing.faults import Fault

MINUTES, FPS = 10, 5
FRAMES = MINUTES * 60 * FPS


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [0, 3])
def test_ten_minutes_with_a_beep_and_a_flash_in_each_stay_in_sync(kills: int, faulty: Faulty, tmp_path: Path) -> None:
    source = tmp_path / "long.mkv"
    source.write_bytes(minutes_of(MINUTES, fps=FPS))
    config = settings_of(
        tmp_path,
        framing__size="128x64",
        errors__absent_share="1",
        encoding__audio="aac",
        detection__interval_seconds="1",
        detection__input_size="128x96",
        reid__mode="never",
    )
    places = [FRAMES * (2 * n + 1) // (2 * kills) + 7 for n in range(kills)]
    deaths = [Fault("encoder", at, "kill", once=tmp_path / f"killed{at}") for at in places]
    outcome = faulty([source], tmp_path / "out", deaths, config=config)[0]
    assert outcome.status is Status.DONE, outcome
    assert all(death.once is not None and death.once.exists() for death in deaths)
    film = sync_of(outcome.job.output)
    assert len(film.pictures) == FRAMES
    assert film.flashes == pytest.approx([60 * n + 30.4 for n in range(MINUTES)], abs=0.002)
    assert film.errors == pytest.approx([0] * MINUTES, abs=1 / FPS)
    assert max(map(abs, film.errors)) < 0.01  # AAC blurs a beep's edge by a few milliseconds
