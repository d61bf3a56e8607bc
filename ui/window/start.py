"""Starting the program: the window first, everything heavy after it is shown."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QMessageLogContext, QSize, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.core.kit.errors import KnownError
from app.core.kit.jobs import JobContext, JobQueue
from app.core.study.study import Study
from app.core.study.words import both_without_words, without_words
from app.io.write.movies import write_picture
from app.session.session import Session
from inference.engine.warm_up import warm_up as warm
from ui.frame import crash
from ui.frame.bridge import Bridge
from ui.kit.settings import Settings, settings_path
from ui.kit.theme import apply_theme
from ui.panes.surface import SurfaceController
from ui.studies.controller import StudyController
from ui.window.displays import require_display
from ui.window.main_window import MainWindow
from ui.window.place import restore_window
from ui.window.signals import EndingSignals
from ui.window.translation import install_translations

#: Time for the first painting before the device thread starts to import.
WARM_UP_AFTER_MS = 400
#: Longest wait of a snapshot for thumbnails and MIP frames.
LONGEST_SNAPSHOT_S = 120.0
USUAL_SIZE = QSize(1500, 950)


def run(
    paths: Sequence[Path],
    demo: bool = False,
    *,
    pet: Path | None = None,
    ct: Path | None = None,
    mr: Path | None = None,
) -> int:
    """Open the window on files, folders, NIfTI images, the sample study, or nothing.

    Parameters
    ----------
    paths
        Folders and files.
    demo
        Whether to open the sample study where nothing else is named.
    pet, ct, mr
        Images that were named one by one; what else there is comes from ``paths``.

    Returns
    -------
    int
        Exit code, when the window was closed.
    """
    application = make_application()
    window = make_window(Settings(settings_path()))
    remove_hooks = crash.install_hooks(_teller(window))
    restored = restore_window(window, window.settings)
    if not restored:
        size_to_screen(window)
    window.show()
    if not restored:
        window.docks.arrange()
    signals = EndingSignals(window.close, window.close_now)
    QTimer.singleShot(0, window, lambda: _open(window, paths, demo, (pet, ct, mr)))
    QTimer.singleShot(WARM_UP_AFTER_MS, window, lambda: warm_up(window))
    try:
        code = application.exec()
    finally:
        signals.stop()
        remove_hooks()
        # A closed window has done this; what still did not end then is not waited for again.
        ended = window.session.shutdown(timeout_s=0.1)
    if not ended:
        leave(code)
    return code


def leave(code: int) -> NoReturn:
    """End the process at once: work that obeys no cancel would keep it for ever.

    Python waits at its end for threads that decode images, and native code hears nothing.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def snapshot(
    study: Study,
    out: Path,
    layout: str = "",
    size: tuple[int, int] = (1600, 1000),
    comparison: Study | None = None,
    *,
    patient_text: bool = False,
) -> None:
    """Write the reading window with a study as a PNG; works without any display.

    Parameters
    ----------
    study
        What to show.
    out
        The PNG file to write.
    layout
        Name of a layout of ``resources/layouts``; by default the usual one, or the one of two
        studies where there is a comparison.
    size
        Width and height in px.
    comparison
        A further study to compare with, for layouts with two.
    patient_text
        Show name, id, dates and descriptions too; otherwise the window never holds them.

    Raises
    ------
    KnownError
        If there is no such layout, or the file cannot be written; an earlier one is then as it was.
    """
    from viewers.make.mip import compute_mip_frames

    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not patient_text:
        if comparison is None:
            study = without_words(study)
        else:
            study, comparison = both_without_words(study, comparison)
    application = make_application()
    window = make_window()
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(*size)
    window.show()
    window.docks.arrange()
    try:
        window.session.studies.show(study)
        if comparison is not None:
            window.session.studies.add([comparison], activate=False)
            window.session.studies.compare_with(comparison)
        scene = window.frame.scene
        names = scene.layouts.layout_names()
        layout = layout or ("default" if comparison is None else "compare")
        if layout not in names:
            raise KnownError(f"There is no layout {layout}.", f"Choose of: {', '.join(names)}.")
        scene.layouts.set_layout(layout)
        if study.pet is not None:
            scene.navigation.set_mip_frames(compute_mip_frames(study.pet))
        window.controller(SurfaceController).make_now()
        _let_finish(window, application)
        write_picture(_pixels(window.grab().scaled(QSize(*size)).toImage()), out)
    finally:
        window.close()
        window.deleteLater()


def _pixels(picture: QImage) -> npt.NDArray[np.uint8]:
    """Copy a picture: uint8 [rows, columns, 3]."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    return lines[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).copy()


def _let_finish(window: MainWindow, application: QApplication) -> None:
    """Wait for the pictures that are made in the background."""
    end_s = time.monotonic() + LONGEST_SNAPSHOT_S
    application.processEvents()
    while window.session.jobs.reports and time.monotonic() < end_s:
        time.sleep(0.005)
        application.processEvents()
    application.processEvents()


def make_application() -> QApplication:
    """Return the application with the program's look, made if there is none.

    Raises
    ------
    KnownError
        If there is no screen to show a window on.
    """
    existing = QApplication.instance()
    if existing is None:
        require_display()
    # Qt's own messages go where ours go, not between the lines of the command line.
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    qInstallMessageHandler(_log_qt)
    application.setApplicationName("Uptake")
    application.setDesktopFileName("uptake")
    if existing is None:
        install_translations(application)
    apply_theme(application)
    return application


def make_window(settings: Settings | None = None) -> MainWindow:
    """Make a window with a session of its own: two threads for files, one for networks.

    Parameters
    ----------
    settings
        What is remembered per user; by default nothing is, so that a picture does not depend on
        who takes it.
    """
    bridge = Bridge()
    session = Session(JobQueue("cpu", threads=2), JobQueue("device"), bridge.post)
    window = MainWindow(session, settings=settings)
    # Lives as long as the window: workers may still post while it closes.
    bridge.setParent(window)
    return window


def size_to_screen(window: MainWindow) -> None:
    """Take the usual size, or what the screen has if that is less."""
    screen = window.screen().availableGeometry()
    window.resize(USUAL_SIZE.boundedTo(screen.size()))
    window.move(screen.center() - window.rect().center())


def warm_up(window: MainWindow) -> None:
    """Load the networks' library on the device thread; the reader notices nothing."""

    def work(context: JobContext) -> Any:
        context.check()

        return warm()

    def done(device: Any) -> None:
        name = "CPU" if device == "cpu" else "GPU"
        window.device.setText(name)
        window.device.setToolTip(window.tr("Networks run on {0}").format(device))

    job = window.session.jobs.run(window.tr("Preparing the networks"), work, done, on_device=True)
    window.job_bar.keep_quiet(job.id)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}
    logging.getLogger("qt").log(levels.get(kind, logging.WARNING), "%s", message)


def _open(
    window: MainWindow,
    paths: Sequence[Path],
    demo: bool,
    named: tuple[Path | None, Path | None, Path | None],
) -> None:
    studies = window.controller(StudyController)
    if any(named):
        studies.open_pair(*named, paths=paths)
    elif paths:
        studies.open_paths(list(paths))
    elif demo:
        studies.open_sample()


def _teller(window: MainWindow) -> Callable[[BaseException], None]:
    # Errors may come from any thread; the banner belongs to the window's.
    errors = Bridge(window)

    def tell(error: BaseException) -> None:
        errors.post(lambda: window.problems.tell(error))

    return tell
