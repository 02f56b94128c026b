"""Writes where each face is, frame by frame, as a table: ``python faces_to_csv.py talk.mp4 faces.csv``.

Of a film that was made, ``Analysis.of_film`` knows it without a second look at the video.
"""

import csv
import sys
from pathlib import Path

import dualface

video, table = sys.argv[1:]
analysis = dualface.analyse(video)
with Path(table).open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(["frame", "seconds", "new shot", "track", "person", "x", "y", "width", "height", "score"])
    for seen in analysis.observations:
        for face in seen.faces:
            row = [seen.index, f"{seen.time:.3f}", int(seen.cut), face.track_id, face.person or ""]
            writer.writerow([*row, *(f"{value:.1f}" for value in face.box), f"{face.score:.2f}"])
