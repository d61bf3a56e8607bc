"""What a hand does: panes and where they are, wheel, drag and drop, buttons and lists."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget
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


def focused() -> QWidget:
    """Return the widget that has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


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


def hover(widget: QWidget, at: QPoint) -> None:
    """Let the mouse rest at a place; the pointer of the screen stays where it is."""
    none, free = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    where = QPointF(widget.mapToGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), where, none, none, free)
    QApplication.sendEvent(widget, event)


def drag(qtbot: QtBot, desk: ReadingDesk, button: Qt.MouseButton, a: QPoint, b: QPoint) -> None:
    qtbot.mousePress(desk, button, pos=a)
    qtbot.mouseMove(desk, b)
    qtbot.mouseRelease(desk, button, pos=b)


def drop(desk: ReadingDesk, at: QPoint, data: QMimeData) -> bool:
    """Drag something onto a place of the panes and let go; return whether it was taken."""
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    over = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(desk, over)
    event = QDropEvent(QPointF(at), copy, data, left, none)
    event.ignore()
    QApplication.sendEvent(desk, event)
    return over.isAccepted() and event.isAccepted()


def press(within: QWidget, name: str) -> None:
    """Click on the one button in view that a screen reader calls by this name."""
    buttons = within.findChildren(QAbstractButton)
    (button,) = (x for x in buttons if x.accessibleName() == name and x.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(box: QComboBox, place: int) -> None:
    """Open a list and click on an entry."""
    box.showPopup()
    entries = box.view()
    index = box.model().index(place, box.modelColumn())
    entries.scrollTo(index)
    at = entries.visualRect(index).center()
    QTest.mouseClick(entries.viewport(), Qt.MouseButton.LeftButton, pos=at)
