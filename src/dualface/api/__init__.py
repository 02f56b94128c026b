"""The front door: what ``import dualface`` offers, and what the commands and pages stand on."""
