"""A window on a small study in memory; Qt warnings, leaked widgets, threads and timers fail."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobQueue
from app.session.session import Session
from tests.support.ui_study import Desk, quick_search, with_search
from ui.frame.bridge import Bridge
from ui.kit.settings import Settings
from ui.kit.theme import apply_theme
from ui.window.main_window import MainWindow

if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

#: Messages of Qt that say nothing about this program.
_NOISE = (
    # The offscreen platform, used where there is no display, has no window manager.
    "This plugin does not support",
)


@pytest.fixture(autouse=True)
def no_qt_warnings(qtlog: object) -> Iterator[None]:
    """Fail the test that caused a warning of Qt."""
    yield
    records = getattr(qtlog, "records", [])
    said = [r.message for r in records if r.type.name not in ("QtDebugMsg", "QtInfoMsg")]
    said = [m for m in said if not m.startswith(_NOISE)]
    assert not said, f"Qt said: {said}"


@pytest.fixture(autouse=True)
def no_leaks(qapp: QApplication) -> Iterator[None]:
    """Fail where a top-level widget, worker thread or running timer outlives its test."""
    before = {id(w) for w in qapp.topLevelWidgets()}
    yield
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
    gc.collect()
    widgets = [w for w in qapp.topLevelWidgets() if id(w) not in before and shiboken6.isValid(w)]
    assert not widgets, f"leaked widgets: {widgets}"
    threads = [t.name for t in threading.enumerate() if t.name.startswith("uptake-")]
    assert not threads, f"leaked threads: {threads}"
    timers = [
        x
        for x in gc.get_objects()
        if issubclass(type(x), QTimer) and shiboken6.isValid(x) and x.isActive()
    ]
    assert not timers, f"leaked timers: {timers}"


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Desk]]:
    """Make a shown window; it is closed after the test."""
    apply_theme(qapp)
    made: list[Desk] = []

    def make(
        search: Callable[..., object] = quick_search, settings: Settings | None = None
    ) -> Desk:
        bridge = Bridge()
        session = Session(JobQueue("cpu", 2), JobQueue("device"), bridge.post)
        window = MainWindow(session, settings=settings, capabilities=with_search(search))
        bridge.setParent(window)
        window.resize(1280, 800)
        window.show()
        desk = Desk(window, session, qtbot)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        if shiboken6.isValid(desk.window):
            # Nothing asks at the end of a test.
            for study in desk.session.studies.all:
                record = desk.session.studies.content_of(study)
                record.history.clear()
                record.drawn.saved = record.drawn.measurements
            desk.window.close()
            desk.window.deleteLater()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """Make a window with a quick search."""
    return make_desk()
