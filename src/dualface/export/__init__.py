"""Hands films over to editing programs: plans in, timelines out, written in the formats that these read.

Pure: no pixels, no files, and the same plan gives the same bytes.
"""
