"""The kit of actions: rows, plan of the menus, situation by which they are enabled, menu bar.

The rooms of `ui` above `ui.kit` may import it; it imports none of them, and is handed its tables.
Start reading in `ui.actions.spec`, then `ui.actions.actions`.
"""
