"""Studies: opening and closing, the list, comparing two, header values.

`ui.attenuation` and `ui.window` may import it. Start reading in `ui.studies.capability`, then
`ui.studies.controller`.
"""
