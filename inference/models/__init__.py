"""Model packages: found, checked, loaded without running code, and named in results.

The rooms above it in `inference`, `ui` and `app.cli` import it; no torch until a network is loaded.
Start at `inference.models.packages`.
"""
