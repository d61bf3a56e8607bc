"""Viewports: linked slices, MIP and overlays on one GL surface (VTK)."""
