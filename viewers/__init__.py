"""The panes of the reading desk: what they show, how it is drawn, and what a hand does on them.

Only `ui` imports it; it knows `app.core` and nothing of networks.
Start with `scene/model.py` for what is shown, and with `desk/desk.py` for the widget.
"""
