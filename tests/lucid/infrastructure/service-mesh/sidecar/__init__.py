"""Sidecar settings."""
