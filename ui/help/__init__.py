"""Reading matter: the guide, the model cards, what the program is.

The rooms above it (contract "Inside ui") may import it; its neighbours may not. Start reading in
`ui.help.capability`, then `ui.help.dialogs`.
"""
