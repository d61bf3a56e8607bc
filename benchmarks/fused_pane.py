"""A scroll step of one fused pane, against napari with two image layers.

Each program runs in a process of its own, in turns, with the same data (CT 512 x 512 x 600 as
int16, PET 200 x 200 x 600 as float32, half transparent over it), the same window of 1200 x 1000 and
software rendering. A step moves to the next axial CT slice and ends when the picture was drawn. How
to make napari's environment stands in `startup.py`.

Usage: ``python benchmarks/fused_pane.py``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from large_study import CT_MM, PET_MM, large_study
from vtk_panes import on_display, show

TARGET = 0.5
SIZE = (1200, 1000)
STEPS, TURNS = 40, 3
ROOT = Path(__file__).resolve().parent.parent

PEER = """
import json, sys, time
import napari, numpy as np
from qtpy.QtWidgets import QApplication
ct, pet = (np.load(path) for path in sys.argv[1:3])
ct_mm, pet_mm, size, steps = json.loads(sys.argv[3])
viewer = napari.Viewer(show=False)
viewer.window._qt_window.resize(*size)
shift = [(m - 1) * c / 2 - (n - 1) * p / 2
         for m, n, c, p in zip(ct.shape, pet.shape, ct_mm, pet_mm)]
viewer.add_image(ct, scale=ct_mm, contrast_limits=(-160, 240), colormap="gray")
viewer.add_image(pet, scale=pet_mm, translate=shift, contrast_limits=(0, 7), colormap="magma",
                 opacity=0.5, blending="translucent")
viewer.window.show()
application = QApplication.instance()
drawn = [0]
scene = viewer.window._qt_viewer.canvas._scene_canvas
scene.events.draw.connect(lambda event: drawn.__setitem__(0, drawn[0] + 1), position="last")
for _ in range(20):
    application.processEvents()
    time.sleep(0.02)
spent = []
middle = ct.shape[0] // 2
for n in range(-3, steps):
    start, before = time.perf_counter(), drawn[0]
    viewer.dims.set_current_step(0, middle + n)
    while drawn[0] == before:
        application.processEvents()
    application.processEvents()
    if n >= 0:
        spent.append(time.perf_counter() - start)
    assert time.perf_counter() - start < 30
print("spent", json.dumps(spent), scene.size)
"""


def ours() -> list[float]:
    """Seconds of each step in the single layout."""
    from PySide6.QtWidgets import QApplication

    from viewers.desk.desk import ReadingDesk
    from viewers.scene.model import SceneModel

    application = QApplication.instance() or QApplication([])
    study = large_study()
    desk = ReadingDesk(SceneModel())
    desk.resize(*SIZE)
    desk.model.set_study(study)
    desk.model.layouts.set_layout("single")
    show(desk)
    spent = []
    centre = np.array(desk.model.navigation.cursor_lps_mm)
    for n in range(-3, STEPS):
        start = time.perf_counter()
        desk.model.navigation.set_cursor(centre + n * np.array([0.0, 0.0, CT_MM[0]]))
        desk.repaint()
        application.processEvents()
        if n >= 0:
            spent.append(time.perf_counter() - start)
    desk.close()
    return spent


def run(command: list[str]) -> list[float]:
    """Run one program; it prints how long its steps took."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    said = [line for line in done.stdout.splitlines() if line.startswith("spent ")]
    if not said:
        raise SystemExit(f"{command[0]} did not answer: {done.stderr.strip()[-2000:]}")
    spent: list[float] = json.loads(said[-1].split("]")[0].removeprefix("spent ") + "]")
    return spent


def main() -> int:
    """Print both medians and the ratio; return 1 where the target is missed."""
    on_display()
    if sys.argv[1:] == ["--ours"]:
        print("spent", json.dumps(ours()))
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", type=Path, default=ROOT / ".venv-bench" / "bin" / "python")
    peer = parser.parse_args().peer
    if not peer.exists():
        print(f"fused pane: skipped, there is no {peer}; `make bench` makes it")
        return 0
    with tempfile.TemporaryDirectory() as place:
        study = large_study()
        paths = []
        for name, volume in (("ct", study.ct), ("pet", study.pet)):
            assert volume is not None
            paths.append(f"{place}/{name}.npy")
            np.save(paths[-1], volume.array)
        del study
        said = json.dumps([CT_MM, PET_MM, SIZE, STEPS])
        mine: list[float] = []
        other: list[float] = []
        for _ in range(TURNS):
            mine += run([sys.executable, __file__, "--ours"])
            other += run([str(peer), "-c", PEER, *paths, said])
    ratio = statistics.median(mine) / statistics.median(other)
    print(
        f"fused pane: Uptake {1e3 * statistics.median(mine):.1f} ms, napari "
        f"{1e3 * statistics.median(other):.1f} ms, ratio {ratio:.2f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
