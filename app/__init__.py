"""Uptake: a PET/CT reading desk in which deep learning works beside the reader."""

__version__ = "0.1.0"
