"""Gives a film to editing programs, with keyframes, without making it: ``python into_editors.py talk.mp4 edit``."""

import sys
from pathlib import Path

import dualface

video, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
plan = dualface.analyse(video).plan(names="Ann,Bob")
plan.save(folder / "plan.jsonl.gz")  # dualface.find_plan reads it again
for ending in ("fcpxml", "xml", "edl"):  # Final Cut and Resolve; Premiere and Resolve; anything that knows cuts
    notes = plan.export(folder / f"{video.stem}.{ending}", overwrite=True)
    print(f"{video.stem}.{ending}:", *notes or ["as the film"])
for sheet in plan.sheet(folder / f"{video.stem}.jpg", overwrite=True):
    print(sheet.name)
