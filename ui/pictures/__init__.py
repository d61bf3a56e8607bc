"""Pictures and movies of the panes: asked for here, drawn and written by a worker.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.pictures.capability`, then `ui.pictures.controller`.
"""
