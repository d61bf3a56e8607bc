"""The keyboard: keys of one's own, their sheet and editor, ways between parts, held space.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.keys.capability`, then `ui.keys.controller`.
"""
