"""Attenuation at 511 keV: maps from a CT and the factors along lines of response.

Exports, window, training and command line import it.
Start reading at `app.compute.attenuation.factors`.
"""
