"""Boxes of pictures that are put together without a gutter."""
