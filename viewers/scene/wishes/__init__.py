"""What can be wished of the panes, one file for each kind of wish; each announces what it changed.

`viewers.scene.model` makes the parts and hands them to window and desk; they know only each other.
Start with `stage.py`, which all of them change, and `display.py`, a part as the others are.
"""
