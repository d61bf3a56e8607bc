"""What hand and held keys do on the images; listed with the shortcuts, and not to be changed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

#: Gesture and what it does; other tools add theirs here.
MOUSE: tuple[tuple[str, str], ...] = (
    (
        "Wheel",
        "Scroll through slices; turn the MIP",
    ),
    ("Ctrl + wheel", "Zoom"),
    ("Left button, with a tool", "Draw; drag a line or a handle to change it"),
    (
        "Left button",
        "Move the crosshair (MIP: hottest voxel)",
    ),
    ("Middle drag", "Pan"),
    (
        "Right drag",
        "CT window or PET range",
    ),
    ("Shift + right drag", "CT window of a fused pane"),
    ("Right click", "What the pane shows, and how"),
    ("Drag a handle", "Turn the planes, in turning mode"),
    ("Drag the line", "Swipe between CT and PET"),
    (
        "Double-click",
        "Maximise a pane, and back",
    ),
)

#: Keys that belong to what has the keyboard: panes, table, dialogs.
FIXED_KEYS: tuple[tuple[str, str], ...] = (
    (
        "Tab, Shift+Tab",
        "Next pane or control; the one before",
    ),
    (
        "Up, Down",
        "Scroll the pane; step through the table",
    ),
    (
        "PgUp, PgDown",
        "Scroll the pane by ten slices",
    ),
    ("Home, End", "First and last slice; MIP to the front"),
    ("Left, Right", "Turn the MIP"),
    (
        "Enter",
        "Maximise the chosen pane, and back",
    ),
    (
        "Space, held",
        "Hide overlays for as long as it is held",
    ),
)

#: Titles of both lists.
TITLES = (
    "Mouse",
    "Keys of the images and lists",
)


def gestures() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return both lists, translated: title, and rows of a gesture and what it does."""

    def said(words: str) -> str:
        return QCoreApplication.translate("gestures", words)

    return tuple(
        (said(title), tuple((said(hand), said(does)) for hand, does in rows))
        for title, rows in zip(TITLES, (MOUSE, FIXED_KEYS), strict=True)
    )
