"""The widget with all panes, and what a hand does on it: mouse, keys, drops, and the cine's clock.

Only `ui` imports this room; it draws a `viewers.scene.model.SceneModel` and tells it what was done.
Start with `desk.py`, which hands every event to a hand; what hands know of it is in `port.py`.
"""
