"""A window on a small study in memory; Qt warnings, leaked widgets, threads and timers fail."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobQueue
from app.core.study.study import Study
from app.session.session import Session
from tests.support.displays import NOTICE
from tests.support.ui_study import Desk, quick_search, with_search
from ui.frame.bridge import Bridge
from ui.frame.capability import Capability
from ui.kit.settings import Settings
from ui.kit.theme import apply_theme
from ui.lesions.controller import Work
from ui.window.main_window import MainWindow

#: Messages of Qt that say nothing about this program: where there is no display there is no
#: window manager either.
_NOISE = (NOTICE,)

#: First names of the loggers whose warnings are this program's: its rooms', Qt's and the root.
_OUR_LOGGERS = ("app", "ui", "viewers", "inference", "uptake", "qt", "root")


@pytest.fixture(autouse=True)
def no_qt_warnings(qtlog: object) -> Iterator[None]:
    """Fail the test that caused a warning of Qt."""
    yield
    records = getattr(qtlog, "records", [])
    said = [r.message for r in records if r.type.name not in ("QtDebugMsg", "QtInfoMsg")]
    said = [m for m in said if not m.startswith(_NOISE)]
    assert not said, f"Qt said: {said}"


class _Kept(logging.Handler):
    """Keeps what is logged: a sentence each."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in _OUR_LOGGERS:
            self.sentences.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test in which the program warned of something; a test of that asks for `caplog`."""
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    yield
    logging.getLogger().removeHandler(kept)
    assert "caplog" in request.fixturenames or not kept.sentences, f"logged: {kept.sentences}"


@pytest.fixture(autouse=True, scope="module")
def quick_collections() -> None:
    """Keep what modules made at their import out of every collection of `no_leaks`: 0.3 s each."""
    gc.collect()
    gc.freeze()


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
        search: Callable[[Study], Work] = quick_search,
        settings: Settings | None = None,
        capabilities: Sequence[Capability] | None = None,
    ) -> Desk:
        bridge = Bridge()
        session = Session(JobQueue("cpu", 2), JobQueue("device"), bridge.post)
        parts = with_search(search) if capabilities is None else capabilities
        window = MainWindow(session, settings=settings, capabilities=parts)
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
            desk.session.studies.show(None)
            desk.window.close()
            desk.window.deleteLater()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """Make a window with a quick search."""
    return make_desk()
