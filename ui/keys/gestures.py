"""What keys do that nobody can change; listed with the shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from ui.frame.capability import Section

TITLE = "Keys of the images and lists"
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


def fixed_keys() -> tuple[Section, ...]:
    """Return the list as it stands on the sheet of shortcuts."""

    def said(words: str) -> str:
        return QCoreApplication.translate("gestures", words)

    rows = tuple((said(keys), said(does)) for keys, does in FIXED_KEYS)
    return (Section(said(TITLE), rows, first=True),)
