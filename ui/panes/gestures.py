"""What the mouse does on the images; listed with the shortcuts, and not to be changed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from ui.frame.capability import Section

TITLE = "Mouse"
#: Gesture and what it does, tools in the hand or not.
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


def gestures() -> tuple[Section, ...]:
    """Return the list as it stands on the sheet of shortcuts."""

    def said(words: str) -> str:
        return QCoreApplication.translate("gestures", words)

    rows = tuple((said(hand), said(does)) for hand, does in MOUSE)
    return (Section(said(TITLE), rows, first=True),)
