"""The networks of the program's own packages, and their Monte Carlo dropout (torch).

The rooms above it in `inference` import it, inside functions where torch must not load at the
start. Start at `inference.nets.networks.build_network`.
"""
