"""Charts of the chosen lesion and of all volumes, drawn once they are first seen.

`ui.attenuation` and `ui.window` may import it. Start reading in `ui.charts.capability`, then
`ui.charts.controller`.
"""
