"""Viewports: linked slices, MIP and overlays on one surface (Qt, VTK)."""
