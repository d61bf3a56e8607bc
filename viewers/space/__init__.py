"""Planes, pixels and layouts: where a pane lies, and where its picture lies in the patient.

Every room of `viewers` may import it, and `ui`; it knows no image's values and no Qt.
Start with `geometry.py`; `layouts.py` reads what panes there are.
"""
