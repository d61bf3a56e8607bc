"""Time frames and gates of a 4D series: sliders below the panes.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.phases.capability`, then `ui.phases.controller`.
"""
