"""What to do about a file that can't be read as a video: by its name, for want of anything better to go by."""

from __future__ import annotations

from pathlib import Path

_ADVICE = {
    (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".iso"): "it seems to be an archive: unpack it and name the video in it",
    (".aep", ".drp", ".fcpxml", ".imovieproj", ".kdenlive", ".mlt", ".prproj", ".veg", ".wfp"): (
        "it seems to be a project of an editing program: export the video there and name that"
    ),
    (".braw", ".r3d", ".crm", ".ari", ".cine", ".nev"): (
        "it seems to be a camera's raw recording: turn it into ProRes or H.264 with the maker's program and name that"
    ),
    (".heic", ".heif", ".webp", ".avif", ".svg", ".psd", ".ai", ".pdf"): (
        "it seems to be a picture or a document: pictures that are a film must be PNG, JPEG, TIFF or the like"
    ),
    (
        ".part",
        ".crdownload",
        ".download",
        ".aria2",
        ".!ut",
    ): "it seems to be an unfinished download: wait or start it again",
    (".lnk", ".url", ".webloc", ".desktop"): "it seems to be a link to something: name what it leads to",
}
_PLAYS = "if players show it, convert it (ffmpeg -i IT new.mp4) and name that, else copy it again"


def advice_for(path: Path) -> str:
    """What would work instead of ``path``, in words that follow a semicolon."""
    suffix = path.suffix.lower()
    return next((advice for suffixes, advice in _ADVICE.items() if suffix in suffixes), _PLAYS)
