"""What a hand does on the desk: where panes are, wheel and drag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewers.desk.desk import ReadingDesk
from viewers.scene.scene import PaneBox
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

HOT_B = (25.0, 12.0, -20.0)
Maker = Callable[..., ReadingDesk]


def box_of(desk: ReadingDesk, content: Content, plane: Plane = Plane.CORONAL) -> PaneBox:
    boxes = desk.scene.boxes(desk.width(), desk.height())
    return next(b for b in boxes if b.spec.content is content and b.spec.plane is plane)


def middle(box: PaneBox) -> QPoint:
    return QPoint(box.x + box.width // 2, box.y + box.height // 2)


def wheel(desk: ReadingDesk, at: QPoint, delta: int, *, ctrl: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        QPointF(at),
        QPointF(desk.mapToGlobal(at)),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(desk, event)


def drag(qtbot: QtBot, desk: ReadingDesk, button: Qt.MouseButton, a: QPoint, b: QPoint) -> None:
    qtbot.mousePress(desk, button, pos=a)
    qtbot.mouseMove(desk, b)
    qtbot.mouseRelease(desk, button, pos=b)
