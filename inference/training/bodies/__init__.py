"""Simulated bodies, phantoms and counts to train on.

The rooms beside it in `inference.training` import it. Start at
`inference.training.bodies.simulate`.
"""
