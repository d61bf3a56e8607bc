"""Data, no logic: palettes, layouts and model packages."""
