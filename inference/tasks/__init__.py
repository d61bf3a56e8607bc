"""Inference tasks, one file each."""
