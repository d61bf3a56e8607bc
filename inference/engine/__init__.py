"""How a network answers a whole volume: devices, windows, samples, and what computes them.

`inference.lesions`, the tasks and training import it, and the window its `warm_up`. Start at
`inference.engine.runner`, the port to what computes; `choose_runner` says which one does.
"""
