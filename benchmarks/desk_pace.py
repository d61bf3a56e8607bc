"""Linked scrolling and a window drag on a large study, against a VTK reslice widget per pane.

CT of 512 x 512 x 600 and PET of 200 x 200 x 600 voxels (`large_study`), window 1500 x 1000,
software rendering. Three ratios of medians, each to the finished picture on the display:

- scroll: a step of all three planes in the ten panes of the default layout;
- drag of the PET's window in the same ten panes;
- drag of the PET's window in one fused pane that fills the window.

The peer has one QVTK widget per pane with one vtkImageResliceMapper per image (two where fused);
for the MIP it gets a further PET slice, which costs it less. Blocks of steps are interleaved.

Usage: ``python benchmarks/desk_pace.py``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from large_study import large_study
from vtk_panes import VtkPanes, on_display, show

TARGET = 0.25
SIZE = (1500, 1000)
BLOCKS, STEPS = 5, 8
TEN = tuple((images, n) for n in range(3) for images in (("ct",), ("pet",), ("ct", "pet")))
TEN = (*TEN, (("pet",), 1))
ONE = ((("ct", "pet"), 2),)


def compare(name: str, ours: Callable[[int], None], theirs: Callable[[int], None]) -> float:
    """Time blocks of steps in turns, print the medians and return their ratio."""

    def timed(step: Callable[[int], None], n: int) -> float:
        start = time.perf_counter()
        step(n)
        return time.perf_counter() - start

    for n in range(3):
        timed(ours, n), timed(theirs, n)
    mine: list[float] = []
    other: list[float] = []
    for _ in range(BLOCKS):
        mine += [timed(ours, n) for n in range(1, STEPS + 1)]
        other += [timed(theirs, n) for n in range(1, STEPS + 1)]
    ratio = median(mine) / median(other)
    print(
        f"{name}: Uptake {1e3 * median(mine):.1f} ms, VTK widgets {1e3 * median(other):.1f} ms, "
        f"ratio {ratio:.3f} (target {TARGET})",
        flush=True,
    )
    return ratio


def main() -> int:
    """Print the ratios; return 1 where one is above the target."""
    on_display()
    from PySide6.QtWidgets import QApplication

    from viewers.desk.desk import ReadingDesk
    from viewers.make.mip import compute_mip_frames
    from viewers.scene.model import SceneModel

    application = QApplication([])
    study = large_study()
    assert study.pet is not None
    assert study.ct is not None
    desk = ReadingDesk(SceneModel())
    desk.resize(*SIZE)
    desk.model.set_study(study)
    desk.model.navigation.set_mip_frames(compute_mip_frames(study.pet))
    show(desk)
    step_mm = np.maximum(study.ct.grid.spacing_kji_mm[::-1], study.pet.grid.spacing_kji_mm[::-1])
    centre = np.array(desk.model.navigation.cursor_lps_mm)

    def finish() -> None:
        desk.repaint()
        application.processEvents()

    def scroll(n: int) -> None:
        desk.model.navigation.set_cursor(centre + n * step_mm)
        finish()

    def drag(n: int) -> None:
        desk.model.display.set_pet_range(0.0, 7.0 + 0.1 * n)
        finish()

    ratios = []
    peer = VtkPanes(study, TEN, SIZE, across=4)

    def their_scroll(n: int) -> None:
        peer.step(tuple(centre + n * step_mm))
        application.processEvents()

    def their_drag(n: int) -> None:
        peer.set_upper(7.0 + 0.1 * n)
        application.processEvents()

    ratios.append(compare("scroll, ten panes", scroll, their_scroll))
    ratios.append(compare("window drag, ten panes", drag, their_drag))
    peer.close()
    desk.model.layouts.set_layout("single")
    peer = VtkPanes(study, ONE, SIZE)
    ratios.append(compare("window drag, one fused pane", drag, their_drag))
    peer.close()
    desk.close()
    return 0 if max(ratios) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
