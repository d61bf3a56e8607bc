"""Palettes, windows and units: with which colours and numbers values are shown.

Every room of `viewers` may import it, and `ui`; it knows no pane and no Qt.
Start with `display.py`, and with `palette_files.py` for the reader's own palettes.
"""
