"""Start to window shown and answering, against napari's empty viewer.

Each run is a fresh process, timed from its launch to the first turn of the event loop after the
window was painted; the two programs take turns, and the ratio is that of the medians (target
at most 0.4). napari stays out of the project's environment:

    python -m venv .venv-bench
    .venv-bench/bin/python -m pip install "napari[pyside6]"
    python benchmarks/startup.py --peer .venv-bench/bin/python

A display is needed; without one, run it under ``xvfb-run -a``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

TARGET = 0.4
ROOT = Path(__file__).resolve().parent.parent

#: Reports once the window has been painted and the event loop has turned after it. Both children
#: run this very code with their own binding to Qt.
WATCH = """
import os
class Watch(QtCore.QObject):
    seen = False
    def eventFilter(self, watched, event):
        if not self.seen and event.type() == QtCore.QEvent.Type.Paint:
            self.seen = True
            QtCore.QTimer.singleShot(0, self.answer)
        return False
    def answer(self):
        os.write(1, b"answering\\n")
        os._exit(0)
"""

OURS = """
from PySide6 import QtCore
{watch}
import ui.window.start as start
made = start.make_window
def make_window(*arguments):
    global watch
    window = made(*arguments)
    watch = Watch()
    window.installEventFilter(watch)
    return window
start.make_window = make_window
start.run([])
"""

PEER = """
import napari
from qtpy import QtCore
{watch}
viewer = napari.Viewer()
window = viewer.window._qt_window
watch = Watch()
window.installEventFilter(watch)
window.update()
napari.run()
"""


def seconds(python: Path, code: str) -> float:
    """Time one fresh process from its launch to its answer."""
    start_s = time.perf_counter()
    process = subprocess.Popen(
        [str(python), "-c", code.format(watch=WATCH)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    passed_s = time.perf_counter() - start_s
    _, said = process.communicate(timeout=60)
    if line.strip() != "answering":
        raise SystemExit(f"{python} did not start: {said.strip()[-2000:]}")
    return passed_s


def main() -> int:
    """Run as a script; the exit code says whether the target is met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, default=ROOT / ".venv-bench" / "bin" / "python")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if not options.peer.exists():
        parser.error(f"there is no {options.peer}; how to make it:\n{__doc__}")
    ours: list[float] = []
    peer: list[float] = []
    for run in range(options.runs + 1):
        pair = seconds(Path(sys.executable), OURS), seconds(options.peer, PEER)
        # The first pair only fills the file cache.
        if run > 0:
            ours.append(pair[0])
            peer.append(pair[1])
    ratio = statistics.median(ours) / statistics.median(peer)
    print(f"Uptake  {statistics.median(ours):.2f} s  ({min(ours):.2f} to {max(ours):.2f})")
    print(f"napari  {statistics.median(peer):.2f} s  ({min(peer):.2f} to {max(peer):.2f})")
    print(f"ratio   {ratio:.3f}  (target at most {TARGET})")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
