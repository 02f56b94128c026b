"""Fonts are found by fontconfig, or in the folders where each system keeps them."""

import os
import shutil
from pathlib import Path

import pytest

from dualface.render import fonts
from dualface.render.fonts import FontFile, Wanted, font_folders, fonts_in, installed_fonts

FC_MATCH = """#!/bin/sh
echo "$4" > "$(dirname "$0")/asked"
printf '/fonts/Sans.ttf\\t0\\n/fonts/Old.pcf.gz\\t0\\n/fonts/CJK.ttc\\t65538\\n'
"""


@pytest.fixture
def fontconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "fc-match"
    program.write_text(FC_MATCH)
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(program))
    return program


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for fontconfig")
@pytest.mark.parametrize(
    ("wanted", "pattern"),
    [
        (Wanted("王a", "zh-cn"), "sans:lang=zh-cn:charset=738b 61"),
        (Wanted("😀", emoji=True), "emoji:charset=1f600"),
    ],
)
def test_fontconfig_is_asked_where_it_is(fontconfig: Path, wanted: Wanted, pattern: str) -> None:
    found = list(installed_fonts(wanted))
    assert found == [FontFile("/fonts/Sans.ttf", 0), FontFile("/fonts/CJK.ttc", 2)]
    assert fontconfig.with_name("asked").read_text().strip() == pattern


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for fontconfig")
def test_a_fontconfig_that_fails_finds_nothing(fontconfig: Path) -> None:
    fontconfig.write_text("#!/bin/sh\nexit 1\n")
    assert list(installed_fonts(Wanted("a"))) == []


def test_without_it_the_systems_folders_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path])
    (tmp_path / "a.ttf").touch()
    assert list(installed_fonts(Wanted("a"))) == [FontFile(str(tmp_path / "a.ttf"))]


def test_plain_fonts_of_known_families_come_first_and_no_boxes_for_everything(tmp_path: Path) -> None:
    names = ["Arial Bold.ttf", "Zapfino.ttf", "sub/NotoSansThai-Regular.ttf", "segoeui.ttf", "LastResort.otf", "notes.txt"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [Path(file.path).name for file in fonts_in([tmp_path, tmp_path / "none"], Wanted("ส"))]
    assert found == ["NotoSansThai-Regular.ttf", "segoeui.ttf", "Zapfino.ttf", "Arial Bold.ttf"]


def test_emoji_are_looked_for_in_fonts_that_have_them_in_color(tmp_path: Path) -> None:
    for name in ("NotoSans-Regular.ttf", "Apple Color Emoji.ttc"):
        (tmp_path / name).touch()
    first = next(fonts_in([tmp_path], Wanted("😀", emoji=True)))
    assert Path(first.path).name == "Apple Color Emoji.ttc"


@pytest.mark.parametrize(
    ("system", "folder"),
    [("darwin", "/System/Library/Fonts"), ("win32", "Fonts"), ("linux", "/usr/share/fonts")],
)
def test_each_system_has_folders_of_its_own(system: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDIR", "W")
    monkeypatch.setenv("LOCALAPPDATA", "L")
    folders = font_folders(system)
    assert folders[0] == (Path("W", folder) if system == "win32" else Path(folder))
    assert len(folders) > 1
