"""Windows, colours, fusion and units of the panes: a dock, submenus, keys.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.display.capability`, then `ui.display.controller`.
"""
