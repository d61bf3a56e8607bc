"""Derived images: asking for one, comparing it with its original, measuring on it.

`ui.attenuation` and `ui.window` may import it. Start reading in `ui.derived.capability`, then
`ui.derived.controller`.
"""
