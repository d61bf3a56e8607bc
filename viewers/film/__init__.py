"""Pictures and movies of a scene without a window, for files, the clipboard and lists.

`desk` and `ui` import it; a worker may draw here, for a scene is a value that nobody changes.
Start with `filming.py`.
"""
