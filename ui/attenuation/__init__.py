"""Attenuation at 511 keV: the map of a CT, and what a synthetic CT would do to the PET.

Only `ui.window` may import it. Start reading in `ui.attenuation.capability`, then
`ui.attenuation.controller`.
"""
