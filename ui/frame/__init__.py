"""What capabilities are handed and shown in: frame, controllers, docks, job bar, problems.

The rooms of capabilities and `ui.window` may import it; of `ui` it imports `ui.actions` and
`ui.kit` alone. Start reading in `ui.frame.capability`, then `ui.frame.capabilities`.
"""
