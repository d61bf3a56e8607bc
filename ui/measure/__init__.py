"""Measuring tools: the Measure menu, the bar of tools, the dock with its table.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.measure.capability`, then `ui.measure.controller`.
"""
