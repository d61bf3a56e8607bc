"""Lesions: search, table, judgements, explanations of scores, partial-volume recovery.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.lesions.capability`, then `ui.lesions.controller`.
"""
