"""The headless model of the panes: frozen values, and the wishes that put others in their place.

`paint`, `film` and `desk` draw it and `ui` speaks to it; it needs no widget and no Qt.
Start with `model.py`; `scene.py` is the state of all panes, `shown.py` what one of them shows.
"""
