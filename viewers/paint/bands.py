"""Coloured grounds on a pane: what it shows is derived, was moved, or is of another patient."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.core.space.alignment import AlignmentSource
from app.core.space.volume import Volume
from viewers.paint.annotate import MARGIN_PX
from viewers.paint.numbers import number
from viewers.scene.scene import Scene
from viewers.space.layouts import Content

#: Ground of the mark of derived images: a violet that no palette, outline or map has.
MARK_GROUND, MARK_INK = (104, 62, 150), (245, 240, 255)

#: Ground of the mark of another patient's pictures: a red amber that nothing else on the desk has.
PATIENT_GROUND, PATIENT_INK = (196, 66, 12), (255, 246, 236)

#: What a pane that shows a derived, or a moved image says, on screen and in every picture of it.
DERIVED = "DERIVED"
ALIGNED = "ALIGNED"
#: Of an image of another frame of reference that nobody aligned.
AS_READ = "FUSED AS READ"


def pane_marks(scene: Scene, content: Content) -> list[tuple[str, str]]:
    """Return the marks of a pane as word and title, topmost first."""
    marks = []
    if scene.derived is not None and scene.shows_derived(content):
        marks.append((DERIVED, scene.derived.title))
    moved = alignment_title(scene, content)
    if moved:
        marks.append((ALIGNED, moved))
    if unmoved := _as_read(scene, content):
        marks.append((AS_READ, unmoved))
    return marks


def alignment_title(scene: Scene, content: Content) -> str:
    """Say by how much an image that a pane shows was moved; empty where none was."""
    if scene.study is None:
        return ""
    uids = {x.series_uid for x in _shown(scene, content) if x is not None}
    found = (x for x in scene.study.alignments if x.moving_uid in uids)
    parts = []
    for alignment in found:
        if alignment.source is AlignmentSource.AS_READ:
            continue
        motion = alignment.decompose()
        by = f"{number(motion.distance_mm)} mm, {number(motion.turn_deg)}°"
        parts.append(f"{alignment.moving_role} {by}")
    return "; ".join(parts)


def _as_read(scene: Scene, content: Content) -> str:
    """Name the images in a pane that nobody aligned and that the reader's word has fused."""
    if scene.study is None:
        return ""
    uids = {x.series_uid for x in _shown(scene, content) if x is not None}
    told = (x for x in scene.study.alignments if x.source is AlignmentSource.AS_READ)
    return ", ".join(x.moving_role for x in told if x.moving_uid in uids)


def _shown(scene: Scene, content: Content) -> tuple[Volume | None, ...]:
    if scene.map_kind(content) is not None:
        derived = None if scene.derived is None else scene.derived.volume
        return (derived, scene.original())
    base = scene.base(content)
    return (scene.ct_of(content),) if base in (Content.CT, Content.FUSED) else ()


def draw_mark(
    painter: QPainter, word: str, title: str, top: float, room: float, *, two_lines: bool
) -> float:
    """Write a word and a title on a coloured ground at the left edge, in the painter's font.

    Where both do not fit into a line, the title goes below if it may, and is cut at its end; the
    word never is. Returns where the ground ends.
    """
    painter.save()
    font = painter.font()
    bold = QFont(font)
    bold.setBold(True)
    wide, plain = QFontMetricsF(bold), QFontMetricsF(font)
    first, pad, height = wide.horizontalAdvance(word), 4.0, plain.height()
    space = max(first, room - 2 * MARGIN_PX - 2 * pad)
    left = space - first - 6
    below = two_lines and plain.horizontalAdvance(title) > left
    shown = plain.elidedText(title, Qt.TextElideMode.ElideRight, space if below else left)
    second = plain.horizontalAdvance(shown)
    width = max(first, second) if below else first + (6 + second if shown else 0)
    ground = QRectF(MARGIN_PX, top, width + 2 * pad, (2 if below else 1) * height + 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*MARK_GROUND))
    painter.drawRoundedRect(ground, 3, 3)
    painter.setPen(QColor(*MARK_INK))
    at = QPointF(MARGIN_PX + pad, top + 1 + plain.ascent())
    painter.setFont(bold)
    painter.drawText(at, word)
    painter.setFont(font)
    painter.drawText(at + (QPointF(0, height) if below else QPointF(first + 6, 0)), shown)
    painter.restore()
    return ground.bottom()


def patient_mark_px(font: QFont, words: str, width: int) -> int:
    """Height of the band that `draw_patient_mark` draws in a font: 0 without words."""
    if not words:
        return 0
    bold = QFont(font)
    bold.setBold(True)
    metrics = QFontMetricsF(bold)
    return math.ceil(len(_mark_lines(metrics, words, width)) * metrics.height() + 6)


def _mark_lines(metrics: QFontMetricsF, words: str, width: int) -> list[str]:
    """Split what is said from the name, unless both fit into one line."""
    one = words.replace("\n", ": ")
    fits = metrics.horizontalAdvance(one) <= width - 2 * MARGIN_PX
    return [one] if fits else words.split("\n")


def draw_patient_mark(painter: QPainter, width: int, words: str) -> int:
    """Write two lines (what is said, and the name) on a red-amber band across a pane's top.

    It is never left out, and its ground is opaque: a picture of another patient must not be taken
    for this one's. A name that does not fit into its line is cut at its end. Returns the height.
    """
    if not words:
        return 0
    height = patient_mark_px(painter.font(), words, width)
    painter.save()
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    painter.fillRect(QRectF(0, 0, width, height), QColor(*PATIENT_GROUND))
    painter.setPen(QColor(*PATIENT_INK))
    room = width - 2 * MARGIN_PX
    for row, line in enumerate(_mark_lines(metrics, words, width)):
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
        at = QRectF(MARGIN_PX, 3 + row * metrics.height(), room, metrics.height())
        painter.drawText(at, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()
    return height
