"""Memory with four studies open (two dates of two patients, PET/CT each), against their arrays.

Two processes are measured by their own high-water mark. The program: window, four studies opened
one after the other, two of them compared, MIP frames and thumbnails made, every pane scrolled. The
bare process: the same window without a study (an empty VTK widget, as in `memory.py`, weighs more
than the program with its studies). The ratio printed is

    (peak of the program - peak of the bare process) / bytes of the PET and CT arrays

Without folders the studies are made from the phantom, at its usual size (or small with
``--small``, where the program itself weighs more than the arrays and the ratio says nothing).

Usage: ``python benchmarks/memory_studies.py [--small] [FOLDER ...]``
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from memory import SIZE, peak_bytes

from ui.studies.controller import StudyController

if TYPE_CHECKING:
    from ui.window.main_window import MainWindow

TARGET = 2.0
LONGEST_S = 600.0
DATES = (datetime(2025, 7, 4, 9, 0), datetime(2026, 1, 10, 9, 0))


def resident_bytes() -> int:
    """Resident memory of this process now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel states no resident memory")


def wait_idle(window: MainWindow) -> None:
    """Let the window live until no job is left, as its event loop would."""
    from PySide6.QtCore import QCoreApplication, QEvent

    end_s = time.monotonic() + LONGEST_S
    QCoreApplication.processEvents()
    while window.session.jobs.reports:
        if time.monotonic() > end_s:
            raise RuntimeError("the work did not end in time")
        QCoreApplication.processEvents()
        time.sleep(0.001)
    QCoreApplication.processEvents()
    # What is to be deleted waits for an event loop, and there is none here.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def program(folders: list[Path]) -> dict[str, int]:
    """Open the studies in the window and use them."""
    from ui.window.start import make_application, make_window

    application = make_application()
    window = make_window()
    window.resize(*SIZE)
    window.show()
    session = window.session

    for folder in folders:
        session.studies.open_paths([folder])
        wait_idle(window)
    for _ in session.studies.all:
        window.controller(StudyController).several.step(+1)
        wait_idle(window)
    wait_idle(window)
    window.actions_["compare"].trigger()
    wait_idle(window)
    desk = window.holder.show_desk()
    for box in desk.boxes():
        for _ in range(10):
            desk.model.navigation.scroll_pane(box, 1)
            application.processEvents()
    images = {
        id(v): v.array.nbytes for s in session.studies.all for v in (s.pet, s.ct) if v is not None
    }
    result = {
        "studies": len(session.studies.all),
        "peak": peak_bytes(),
        "resident": resident_bytes(),
        "arrays": sum(images.values()),
    }
    window.close()
    session.shutdown()
    return result


def write_studies(place: Path, *, small: bool) -> list[Path]:
    """Make two dates of two patients."""
    from two_dates import SEEDS, write_date

    folders = []
    for n, seed in enumerate(SEEDS):
        folders.append(place / f"{seed}")
        write_date(folders[-1], seed, n // 2, DATES[n % 2], small=small)
    return folders


def measured(script: str, *arguments: str) -> dict[str, int]:
    """Run one measurement in a process of its own, with settings of its own."""
    with tempfile.TemporaryDirectory() as config:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name(script)), *arguments],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "UPTAKE_CONFIG": config},
        )
    answer: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return answer


def need_display() -> bool:
    """Start this script anew on Xvfb where there is no display; false if there is no Xvfb."""
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    xvfb = shutil.which("xvfb-run")
    if not os.environ.get("DISPLAY") and xvfb is not None:
        screen = ["-a", "-s", "-screen 0 1600x1200x24"]
        os.execv(xvfb, [xvfb, *screen, sys.executable, *sys.argv])
    return bool(os.environ.get("DISPLAY"))


def main() -> int:
    """Print both peaks and the ratio; return 1 where the target is missed."""
    if len(sys.argv) > 1 and sys.argv[1] == "--program":
        print(json.dumps(program([Path(x) for x in sys.argv[2:]])), flush=True)
        return 0
    if not need_display():
        print("memory of four studies: skipped, there is no display and no xvfb-run")
        return 0
    small = "--small" in sys.argv
    folders = [Path(x) for x in sys.argv[1:] if x != "--small"]
    with tempfile.TemporaryDirectory() as place:
        folders = folders or write_studies(Path(place), small=small)
        empty = measured(Path(__file__).name, "--program")
        opened = measured(Path(__file__).name, "--program", *map(str, folders))
    ratio = (opened["peak"] - empty["peak"]) / opened["arrays"]
    rest = (opened["resident"] - empty["peak"]) / opened["arrays"]
    mib = 2**20
    print(
        f"memory of {opened['studies']} studies: {opened['peak'] / mib:.0f} MiB at the peak, "
        f"{opened['resident'] / mib:.0f} MiB in the end, the window without a study "
        f"{empty['peak'] / mib:.0f} MiB, arrays {opened['arrays'] / mib:.0f} MiB, ratio "
        f"{ratio:.2f} at the peak, {rest:.2f} in the end (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
