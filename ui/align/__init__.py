"""Aligning the CT or the MR to the PET: a draft that the panes follow until it is applied.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.align.capability`, then `ui.align.controller`.
"""
