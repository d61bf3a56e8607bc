"""Write docs/guide/shortcuts.md from the tables of actions and gestures.

Run as ``python docs/shortcuts_page.py``; with ``--check`` it only says whether the page is true.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ui.frame.capability import Section
from ui.keys.keymap import KeyEntry, key_entries
from ui.keys.sheet import sections
from ui.window.capabilities import all_actions, whole_sheet

PAGE = Path(__file__).resolve().parent / "guide" / "shortcuts.md"
INTRODUCTION = """# Keyboard shortcuts

This page is written from the program's tables by `python docs/shortcuts_page.py`; a test compares
them. On macOS read ⌘ for Ctrl.

`?` lays all present shortcuts over the window; arrow keys and the wheel turn its pages, and any
other key or click puts them away. **Edit > Keyboard shortcuts…** (`Ctrl+Shift+K`) gives any action
other keys: choose the action, press the new key. If the key belongs to another action, the dialog
says to which, and moves it if you wish. Your keys are kept for you in `settings.json` in the folder
for settings of your system (`~/.config/Uptake` on Linux, `%LOCALAPPDATA%\\Uptake` on Windows,
`~/Library/Preferences/Uptake` on macOS).

The whole window can be read by keyboard alone: `F6` goes from part to part, `Ctrl+1` to `Ctrl+5`
straight to one, `F10` to the menus; `Tab` goes from pane to pane and on to the next control, and
the arrow keys scroll the chosen pane or step through the lesions. `Tab` stops once at a bar of
buttons; there Left and Right, Home and End go from button to button, Space presses, and Down opens
a button's menu.
"""


def page() -> str:
    """Return the page as it must be."""
    sheet = sections(_keys, key_entries(all_actions()), whole_sheet())
    return "\n".join([INTRODUCTION, *(x for s in sheet for x in _section(s))])


def _keys(entry: KeyEntry) -> str:
    return ", ".join(f"`{_plain(key)}`" for key in entry.defaults)


def _plain(key: str) -> str:
    return key.replace("|", "\\|")


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    yield "| Keys | Action |\n|---|---|"
    yield from (f"| {keys} | {title} |" for keys, title in section.rows)
    yield ""


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
