"""Wishes about the panes: layouts, navigation, cine, slabs, oblique planes, the 3D view.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.panes.capability`, then `ui.panes.controller`.
"""
