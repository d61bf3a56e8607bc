"""Viewports: linked slices, MIP and overlays, composed on the CPU and painted as one surface."""
