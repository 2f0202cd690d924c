"""Anchors sessions in blocks."""

BATCH = 10
