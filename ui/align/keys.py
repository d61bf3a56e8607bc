"""Words of the alignment: its keys, and what was done with which numbers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.study.study import Study
from ui.frame.capability import Section
from ui.kit import text

#: Steps of a key: coarse, and fine with shift.
SHIFT_MM = (1.0, 0.2)
TURN_DEG = (1.0, 0.2)
#: Held, it shows the images as they were.
FLICKER_KEY = "B"

Rows = list[tuple[str, object]]


def _tr(words: str) -> str:
    return QCoreApplication.translate("alignment", words)


def alignment_keys() -> Rows:
    """Keys while the panel is open, with what they do."""
    mm, deg = SHIFT_MM, TURN_DEG
    move = _tr("Move the image in the active pane by {0} mm; with Shift by {1} mm")
    turn = _tr("Turn it in the active pane by {0}°; with Shift by {1}°")
    return [
        (_tr("Arrows"), move.format(*(text.number(x, 1) for x in mm))),
        (_tr("Alt + left, right"), turn.format(*(text.number(x, 1) for x in deg))),
        (_tr("{0}, held").format(FLICKER_KEY), _tr("Show how the images lay before")),
        (_tr("Return, Escape"), _tr("Apply, cancel")),
    ]


def alignment_sheet() -> tuple[Section, ...]:
    """Return the keys as they stand on the sheet of shortcuts."""
    title = QCoreApplication.translate("gestures", "While an image is aligned")
    return (Section(title, tuple((key, str(does)) for key, does in alignment_keys())),)


def alignment_rows(study: Study) -> Rows:
    """Say which images were moved, by how much, and by what."""
    rows: Rows = []
    for x in study.alignments:
        motion = x.decompose()
        rows += [
            (x.moving_role, _tr("{0}: {1}").format(x.source, x.sentence())),
            (_tr("Turns about L, P, S, degrees"), [round(a, 2) for a in motion.angles_deg]),
            (_tr("Shift along L, P, S, mm"), [round(a, 2) for a in motion.shift_lps_mm]),
        ]
        if x.metric is not None:
            rows.append((x.metric_name, x.metric))
        if x.version:
            rows.append((_tr("Made by"), x.version))
    return rows
