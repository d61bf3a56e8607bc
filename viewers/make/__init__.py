"""Arrays and meshes made from images: slices, slabs, projections, surfaces, outlines.

The rooms above it import it, and workers of `ui` call it; it knows no pane and no Qt.
Start with `slices.py`, from which most pictures come, or with `mip.py` for the projections.
"""
