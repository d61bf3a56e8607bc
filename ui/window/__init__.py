"""The window: its start, its list of capabilities, its place, and the language.

Only `app.cli` may import it; it may import every room of `ui`. Start reading in
`ui.window.capabilities`, then `ui.window.main_window`.
"""
