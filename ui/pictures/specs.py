"""Actions for pictures and movies: rows of the table in `ui.actions.actions`."""

from __future__ import annotations

#: Name, group, text, tooltip, shortcuts, icon, checkable, needs: as
#: `ui.actions.actions.ActionSpec`.
PICTURE_ROWS: tuple[tuple[str, str, str, str, tuple[str, ...], str, bool, str], ...] = (
    (
        "save_picture",
        "File",
        "Save picture…",
        "Write the panes, or one of them, as a PNG, with or without the patient's name",
        ("Ctrl+Shift+P",),
        "",
        False,
        "study",
    ),
    (
        "copy_picture",
        "File",
        "Copy picture",
        "Copy the panes as they are shown to the clipboard, without the patient's name",
        ("Ctrl+C",),
        "",
        False,
        "study",
    ),
    (
        "save_movie",
        "File",
        "Save movie…",
        "Write the turning MIP, the turning 3D view or a scroll through slices as a movie",
        ("Ctrl+Shift+M",),
        "",
        False,
        "study",
    ),
)
