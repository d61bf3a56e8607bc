"""One linked scroll step of the default layout (ten panes), against six VTK reslice widgets.

One run prints one ratio: median time of a step in Uptake's desk over the median time of a step in
six QVTK widgets (three planes, twice) with a pair of vtkImageResliceMapper each, CT under PET. Both
show the same study in a window of 1500 x 1000, in software, and in both a step moves all three
planes by one slice, up to the finished picture on the display. The commoner step, the wheel
over an axial pane, is printed beside it. Blocks of steps are interleaved.

Usage: ``python benchmarks/scroll.py [FOLDER]``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from vtk_panes import VtkPanes, on_display, show

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Choice, Patient, Study

TARGET = 0.4
SIZE = (1500, 1000)
BLOCKS, STEPS = 5, 8
PEER_PANES = tuple((("ct", "pet"), n % 3) for n in range(6))
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def load(folder: Path) -> Study:
    """Open the real study, or make noise of its size where it is absent."""
    if folder.is_dir():
        from app.io.open.study import open_study

        return open_study([folder])
    noise = np.random.default_rng(0)
    pet_grid = ImageGrid.from_spacing((135, 128, 128), (3.27, 4.69, 4.69), (-300, -300, -360))
    ct_grid = ImageGrid.from_spacing((135, 512, 512), (3.27, 0.98, 0.98), (-250, -250, -360))
    pet = noise.gamma(1.0, 1.0, pet_grid.shape_kji).astype(np.float32)
    ct = noise.normal(0, 300, ct_grid.shape_kji).astype(np.int16)
    return Study(
        Patient("Noise", "0"),
        "noise",
        "",
        (),
        Choice(None, None, "made"),
        Volume(pet_grid, pet, Quantity.SUV_BW),
        Volume(ct_grid, ct, Quantity.HU),
        None,
        True,
    )


def main() -> int:
    """Print both medians and the ratio; return 1 where the target is missed."""
    on_display()
    from PySide6.QtWidgets import QApplication

    from viewers.desk.desk import ReadingDesk
    from viewers.make.mip import compute_mip_frames
    from viewers.scene.model import SceneModel

    application = QApplication([])
    study = load(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    assert study.pet is not None
    assert study.ct is not None
    desk = ReadingDesk(SceneModel())
    desk.resize(*SIZE)
    desk.model.set_study(study)
    desk.model.navigation.set_mip_frames(compute_mip_frames(study.pet))
    show(desk)
    peer = VtkPanes(study, PEER_PANES, SIZE)
    # A whole CT slice in every direction, so that no pane of either can keep its picture.
    step_mm = np.maximum(study.ct.grid.spacing_kji_mm[::-1], study.pet.grid.spacing_kji_mm[::-1])
    centre = np.array(desk.model.navigation.cursor_lps_mm)

    def ours(n: int, axes: tuple[int, ...] = (1, 1, 1)) -> float:
        start = time.perf_counter()
        desk.model.navigation.set_cursor(centre + n * step_mm * np.array(axes))
        desk.repaint()
        application.processEvents()
        return time.perf_counter() - start

    def theirs(n: int) -> float:
        start = time.perf_counter()
        peer.step(tuple(centre + n * step_mm))
        application.processEvents()
        return time.perf_counter() - start

    for n in range(3):
        ours(n), theirs(n)
    all_planes, axial, other = [], [], []
    for _ in range(BLOCKS):
        all_planes += [ours(n) for n in range(1, STEPS + 1)]
        axial += [ours(n, (0, 0, 1)) for n in range(1, STEPS + 1)]
        other += [theirs(n) for n in range(1, STEPS + 1)]
    peer.close()
    desk.close()
    ratio = median(all_planes) / median(other)
    print(
        f"scroll: Uptake, ten panes, {1e3 * median(all_planes):.1f} ms (wheel on an axial pane "
        f"{1e3 * median(axial):.1f} ms), six VTK widgets {1e3 * median(other):.1f} ms, "
        f"ratio {ratio:.2f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
