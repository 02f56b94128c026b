"""Says what a film would show, shot by shot, without making it: ``python who_is_shown.py talk.mp4``."""

import sys
from itertools import groupby

import dualface


def shown(frame: dualface.FramePlan) -> str:
    people = sorted({placement.person for placement in frame.placements if placement.person is not None})
    return f"{frame.layout}, {' and '.join(people) or 'nobody singled out'}"


analysis = dualface.analyse(sys.argv[1])
plan = analysis.plan(sides="position")  # no picture is looked at: try as many settings as you like
for what, run in groupby(plan.frames, key=shown):
    frames = list(run)
    print(f"{frames[0].time:7.2f} to {frames[-1].time:7.2f} s: {what}")
for concern in plan.concerns():
    print(f"worth a look: {concern.first:.1f} to {concern.last:.1f} s, {concern.kind} {concern.person or ''}")
