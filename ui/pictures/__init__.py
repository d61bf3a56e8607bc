"""Pictures and movies of the panes, and pictures of screens that came with a study.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.pictures.capability`, then `ui.pictures.controller`.
"""
