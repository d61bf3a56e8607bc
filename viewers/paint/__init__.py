"""Draws panes with a QPainter: pictures, outlines, marks, writing, and what VTK renders for 3D.

`film` and `desk` import it, and `ui` for words and numbers; it changes nothing of what is shown.
Start with `renderer.py`, which draws a pane from a `viewers.scene.shown.PaneShown` alone.
"""
