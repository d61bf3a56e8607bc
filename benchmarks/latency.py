"""From an input event to the finished picture: the distribution, in the whole window.

The window (1600 x 1000) shows a study in its default layout, with the docks as the reader has them.
Events are sent to the reading desk as the mouse would send them: the wheel over axial, coronal and
sagittal panes and over the MIP, a crosshair dragged, a window dragged with the right button. The
time of each runs from the event to the end of the paint event that follows it, with everything
that the window does in between. Software rendering; the budget holds for the 95th percentile.

Usage: ``python benchmarks/latency.py [FOLDER]``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from memory_studies import wait_idle
from vtk_panes import on_display

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from viewers.desk.desk import ReadingDesk

BUDGET_MS = 50.0
SIZE = (1600, 1000)
EVENTS = 120
LONGEST_S = 10.0
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def events(desk: ReadingDesk) -> Iterator[tuple[str, QEvent]]:
    """Yield the kind of each event and the event itself."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtGui import QMouseEvent, QWheelEvent

    nothing, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier

    def wheel(x: float, y: float, way: int) -> QWheelEvent:
        at, turn = QPointF(x, y), QPoint(0, 120 * way)
        place = desk.mapToGlobal(at)
        return QWheelEvent(
            at, place, QPoint(), turn, nothing, plain, Qt.ScrollPhase.NoScrollPhase, False
        )

    def mouse(kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton) -> QMouseEvent:
        at = QPointF(x, y)
        moves = kind is QEvent.Type.MouseMove
        held = nothing if kind is QEvent.Type.MouseButtonRelease else button
        return QMouseEvent(
            kind, at, desk.mapToGlobal(at), nothing if moves else button, held, plain
        )

    boxes = desk.scene.boxes(desk.width(), desk.height())
    for box in boxes:
        for n in range(EVENTS // len(boxes) + 1):
            name = "turn the MIP" if not box.spec.content.is_slice else "wheel"
            way = 1 if n % 8 < 4 else -1
            yield name, wheel(box.x + box.width / 2, box.y + box.height / 2, way)
    slices = [box for box in boxes if box.spec.content.is_slice]
    drags = (
        ("drag the crosshair", Qt.MouseButton.LeftButton),
        ("drag a window", Qt.MouseButton.RightButton),
    )
    for name, button in drags:
        for box in slices:
            x, y = box.x + 0.4 * box.width, box.y + 0.4 * box.height
            yield "", mouse(QEvent.Type.MouseButtonPress, x, y, button)
            for n in range(1, EVENTS // len(slices) + 2):
                at = x + n * 0.008 * box.width, y + n * 0.008 * box.height
                yield name, mouse(QEvent.Type.MouseMove, *at, button)
            yield "", mouse(QEvent.Type.MouseButtonRelease, *at, button)


def main() -> int:
    """Print the distribution; return 1 where the budget is missed."""
    on_display()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    from PySide6.QtCore import QCoreApplication, QEvent, QObject

    from ui.window.start import make_application, make_window

    class Painted(QObject):
        """Knows when the desk was painted."""

        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
            if event.type() == QEvent.Type.Paint:
                self.count += 1
            return False

    application = make_application()
    window = make_window()
    window.resize(*SIZE)
    window.show()
    with tempfile.TemporaryDirectory() as place:
        if not folder.is_dir():
            from datetime import datetime

            from two_dates import SEEDS, write_date

            folder = Path(place)
            write_date(folder, SEEDS[0], 0, datetime(2026, 1, 10, 9, 0), small=False)
        window.session.studies.open_paths([folder])
        wait_idle(window)
    desk = window.holder.desk
    assert desk is not None
    for _ in range(50):
        application.processEvents()
        time.sleep(0.01)
    painted = Painted()
    desk.installEventFilter(painted)
    spent: dict[str, list[float]] = {}
    for name, event in events(desk):
        start, before = time.perf_counter(), painted.count
        QCoreApplication.sendEvent(desk, event)
        if name:
            # The paint event is seen before it is handled: the turn of the loop ends after it.
            while painted.count == before and time.perf_counter() - start < LONGEST_S:
                application.processEvents()
            spent.setdefault(name, []).append(time.perf_counter() - start)
        application.processEvents()
    window.close()
    window.session.shutdown()
    ms = {name: 1e3 * np.array(values) for name, values in spent.items()}
    ms["all"] = np.concatenate(list(ms.values()))
    print(f"latency ({desk.width()} x {desk.height()} pixels of panes, software rendering), ms:")
    print(f"  {'event':20s} {'n':>4s} {'median':>7s} {'95 %':>7s} {'99 %':>7s} {'most':>7s}")
    for name, values in ms.items():
        parts = [*np.percentile(values, (50, 95, 99)), values.max()]
        print(f"  {name:20s} {len(values):4d} " + " ".join(f"{v:7.1f}" for v in parts))
    high = float(np.percentile(ms["all"], 95))
    print(f"  95th percentile {high:.1f} ms, budget {BUDGET_MS} ms, ratio {high / BUDGET_MS:.2f}")
    return 0 if high <= BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
