"""Makes the documentation's pictures of layouts, captions and framings with dualface itself: ``python -m tools.pictures``.

Each picture is the result of a ``dualface run`` with the flags that its page names, on footage that dualface makes up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import av
from PIL import Image

from dualface import registry
from dualface.cli.main import main
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

PICTURES = Path(__file__).parent.parent / "docs" / "images" / "made"
SIZE, FPS = (960, 540), 10
SEATED, AWAY, END = 1.5, 4.5, 5.0
"""Moments of the clip, in seconds: both in their seats; one has gone out; its end."""
SHOTS_SECONDS = 9.0
HEIGHT, SPACE = 300, 12

PEOPLE = """\
left:
  name: Grace
  at: {time: 0.5, x: 0.74, y: 0.41}
right:
  name: Eileen
  at: {time: 0.5, x: 0.26, y: 0.41}
"""
FLAGS = ("--quiet", "--bitrate", "8000", "--encoder-preset", "superfast")


def make_all(folder: Path) -> None:
    """Writes every picture into ``folder``."""
    with tempfile.TemporaryDirectory() as work:
        studio = _Studio(Path(work))
        stills = {f"source-{name}": [studio.source_still(time)] for name, time in (("seated", SEATED), ("away", AWAY))}
        for layout in registry.names("layout"):
            stills[f"layout-{layout}"] = [studio.film_still(SEATED, "--layout", layout)]
        look = ("--names", "Eileen,Grace", "--gap", "8", "--background", "#202830")
        stills["captions"] = [studio.film_still(SEATED, *look)]
        stills["shorts"] = [studio.film_still(SEATED, *look, "--layout", "stacked", "--size", "540x960")]
        card = ("--names", "Eileen,Grace", "--margin", "20", "--gap", "14", "--corners", "24", "--behind", "blur")
        stills["card"] = [
            studio.film_still(SEATED, *card),
            studio.film_still(SEATED, *card, "--border", "3", "--layout", "stacked", "--size", "540x960"),
        ]
        stills["zoom"] = [studio.film_still(SEATED, "--zoom", zoom) for zoom in ("0.8", "1", "1.3")]
        stills["headroom"] = [studio.film_still(SEATED, "--headroom", share) for share in ("0.25", "0.3333", "0.45")]
        away = ("--set", "tracking.hold_seconds=0.5", "--alone")
        stills["away"] = [studio.film_still(AWAY, *away, kind) for kind in ("full", "hold", "fit", "blur", "card")]
        stills["people"] = [studio.film_still(SEATED, "--people", str(studio.people))]
        stills["sheet"] = [studio.sheet()]
        folder.mkdir(parents=True, exist_ok=True)
        for name, row in stills.items():
            picture = row[0] if name == "sheet" else _in_a_row(row)
            picture.save(folder / f"{name}.webp", quality=88)


class _Studio:
    """A clip of two people, and films made of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clip = folder / "clip.mp4"
        render_scene(self._clip, SCENES["demo"], size=SIZE, fps=FPS, seconds=END, crf=14)
        self._settings = folder / "nothing.yaml"  # so that settings of whoever builds the documentation don't count
        self._settings.write_text("")
        self.people = folder / "people.yaml"
        self.people.write_text(PEOPLE)
        self._films: dict[Sequence[str], Path] = {}

    def source_still(self, time: float) -> Image.Image:
        """The clip's picture at ``time``, in seconds."""
        return _still(self._clip, time)

    def film_still(self, time: float, *flags: str) -> Image.Image:
        """The picture at ``time`` of the film that ``dualface run`` makes with these flags."""
        return _still(self._film(flags), time)

    def sheet(self) -> Image.Image:
        """The contact sheet of a film of three shots."""
        clip, sheet = self._folder / "shots.mp4", self._folder / "shots.png"
        render_scene(clip, SCENES["cuts"], size=SIZE, fps=FPS, seconds=SHOTS_SECONDS, crf=14)
        output = self._folder / "shots"
        common = ("--config", str(self._settings), "--names", "Eileen,Grace")
        for call in (
            ["run", str(clip), "--output-dir", str(output), *common, "--size", "960x540", *FLAGS],
            ["sheet", str(output / clip.name), "--output", str(sheet), "--quiet"],
        ):
            if code := main(call):
                raise SystemExit(code)
        with Image.open(sheet) as picture:
            return picture.convert("RGB")

    def _film(self, flags: Sequence[str]) -> Path:
        if flags not in self._films:
            output = self._folder / f"{len(self._films)}"
            common = ("--output-dir", str(output), "--config", str(self._settings), *FLAGS)
            size = () if "--layout" in flags else ("--size", "960x540")
            code = main(["run", str(self._clip), *common, *size, *flags])
            if code:
                raise SystemExit(code)
            self._films[flags] = output / self._clip.name
        return self._films[flags]


def _still(video: Path, time: float) -> Image.Image:
    with av.open(str(video)) as container:
        frame = next(frame for frame in container.decode(video=0) if frame.time is not None and frame.time >= time - 1e-3)
        picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.Resampling.LANCZOS)


def _in_a_row(stills: Sequence[Image.Image]) -> Image.Image:
    """The stills beside each other; the page shows between them."""
    row = Image.new("RGBA", (sum(still.width + SPACE for still in stills) - SPACE, HEIGHT))
    left = 0
    for still in stills:
        row.paste(still, (left, 0))
        left += still.width + SPACE
    return row


if __name__ == "__main__":
    make_all(PICTURES)
