"""dualface turns videos of two people into steady split screens."""

from __future__ import annotations

__version__ = "0.1.0"
