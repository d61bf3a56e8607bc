"""Widgets and helpers that know nothing of the program: banners, pages, settings, the look.

Every room of `ui` may import it; it imports none of them. Start reading in `ui.kit.theme` for the
look and `ui.kit.settings` for what is kept.
"""
