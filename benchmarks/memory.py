"""Peak memory of the program with acrin-nsclc-042 open, against the bytes of its arrays.

Two processes are measured by their own high-water mark. The program: window, study read in the
background, MIP frames, every plane scrolled, the networks' library loaded by the device thread.
The bare process: Qt with one empty VTK widget of the same size. The ratio printed is

    (peak of the program - peak of the bare process) / bytes of the PET and CT arrays

Usage: ``python benchmarks/memory.py [FOLDER]``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ui.studies.controller import StudyController

TARGET = 3.0
SIZE = (1500, 1000)
LONGEST_S = 120.0
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def peak_bytes() -> int:
    """High-water mark of this process's resident memory."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel states no high-water mark")


def bare() -> dict[str, int]:
    """Qt and one empty VTK widget."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the renderer
    from PySide6.QtWidgets import QApplication
    from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
    from vtkmodules.vtkRenderingCore import vtkRenderer

    application = QApplication([])
    make: Any = QVTKRenderWindowInteractor  # states no types
    widget = make()
    widget.resize(*SIZE)
    widget.GetRenderWindow().AddRenderer(vtkRenderer())
    widget.show()
    widget.Initialize()
    widget.GetRenderWindow().Render()
    application.processEvents()
    result = {"peak": peak_bytes()}
    widget.Finalize()
    widget.close()
    return result


def program(folder: Path) -> dict[str, int]:
    """Open the study in the window and use it."""
    from ui.window.start import make_application, make_window, warm_up

    application = make_application()
    window = make_window()
    window.resize(*SIZE)
    window.show()
    warm_up(window)
    window.controller(StudyController).open_paths([folder])
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        application.processEvents()
        time.sleep(0.01)
        desk = window.holder.desk
        warm = window.device.text() in ("CPU", "GPU")
        if desk is not None and desk.scene.mip is not None and warm:
            break
    else:
        raise RuntimeError("the study was not open in time")
    study = window.session.study
    assert study is not None
    arrays = sum(v.array.nbytes for v in (study.pet, study.ct) if v is not None)
    for number in (0, 3, 6):
        for _ in range(20):
            desk.model.navigation.scroll_pane(
                desk.scene.boxes(desk.width(), desk.height())[number], 1
            )
            application.processEvents()
    for _ in range(36):
        desk.model.navigation.turn_mip(1)
        application.processEvents()
    result = {"peak": peak_bytes(), "arrays": arrays, "torch": int("torch" in sys.modules)}
    window.close()
    window.session.shutdown()
    return result


def measured(*arguments: str) -> dict[str, int]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> int:
    """Print both peaks and the ratio; return 1 where the target is missed."""
    if len(sys.argv) > 1 and sys.argv[1] == "--bare":
        print(json.dumps(bare()), flush=True)
        return 0
    if len(sys.argv) > 2 and sys.argv[1] == "--program":
        print(json.dumps(program(Path(sys.argv[2]))), flush=True)
        return 0
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not folder.is_dir():
        print(f"memory: skipped, {folder.name} is not here")
        return 0
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    if not os.environ.get("DISPLAY"):
        xvfb = shutil.which("xvfb-run")
        if xvfb is None:
            print("memory: skipped, there is no display and no xvfb-run")
            return 0
        screen = ["-a", "-s", "-screen 0 1600x1200x24"]
        os.execv(xvfb, [xvfb, *screen, sys.executable, *sys.argv])
    empty, opened = measured("--bare"), measured("--program", str(folder))
    ratio = (opened["peak"] - empty["peak"]) / opened["arrays"]
    mib = 2**20
    print(
        f"memory: Uptake {opened['peak'] / mib:.0f} MiB at its peak"
        f"{' with torch loaded' if opened['torch'] else ''}, bare Qt and VTK "
        f"{empty['peak'] / mib:.0f} MiB, arrays {opened['arrays'] / mib:.0f} MiB, "
        f"ratio {ratio:.2f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
