"""The action that makes an attenuation map, as a row of the table of actions."""

from __future__ import annotations

ATTENUATION = (
    "attenuation_map",
    "Tools",
    "Attenuation map (511 keV)",
    "Make the map of attenuation coefficients of the CT, or of the synthetic CT that is compared",
)
