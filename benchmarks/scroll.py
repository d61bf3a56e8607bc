"""One linked scroll step of the default layout (ten panes), against six VTK reslice widgets.

One run prints one ratio: median time of a step in Uptake's desk over the median time of a step in
six QVTK widgets (three planes, twice) with a pair of vtkImageResliceMapper each, CT under PET. Both
show the same study in a window of 1500 x 1000, in software, and in both a step moves all three
planes by one slice, up to the finished picture on the display. The commoner step, the wheel
over an axial pane, is printed beside it. Blocks of steps are interleaved.

Usage: ``python benchmarks/scroll.py [FOLDER]``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from app.core.grid import ImageGrid
from app.core.study import Choice, Patient, Study
from app.core.volume import Quantity, Volume

TARGET = 0.4
SIZE = (1500, 1000)
BLOCKS, STEPS = 5, 8
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def on_display() -> None:
    """Start again on a virtual display with software rendering where there is none."""
    os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    if not os.environ.get("DISPLAY"):
        xvfb = shutil.which("xvfb-run")
        if xvfb is None:
            print("scroll: skipped, there is no display and no xvfb-run")
            sys.exit(0)
        screen = ["-a", "-s", "-screen 0 1600x1200x24"]
        os.execv(xvfb, [xvfb, *screen, sys.executable, *sys.argv])


def load(folder: Path) -> Study:
    """Open the real study, or make noise of its size where it is absent."""
    if folder.is_dir():
        from app.io.open_study import open_study

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


class Peer:
    """Six QVTK widgets, each with two reslice mappers."""

    def __init__(self, study: Study) -> None:
        from PySide6.QtWidgets import QGridLayout, QWidget

        self.window = QWidget()
        self.window.resize(*SIZE)
        grid = QGridLayout(self.window)
        grid.setContentsMargins(0, 0, 0, 0)
        assert study.ct is not None
        assert study.pet is not None
        self.images = [vtk_image(study.ct), vtk_image(study.pet)]
        self.panes = [self._pane(n % 3, study) for n in range(6)]
        for n, (widget, _, _) in enumerate(self.panes):
            grid.addWidget(widget, n // 3, n % 3)
        self.window.show()
        for widget, _, _ in self.panes:
            widget.Initialize()

    def _pane(self, normal: int, study: Study) -> tuple[Any, list[Any], Any]:
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the renderer
        from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
        from vtkmodules.vtkCommonDataModel import vtkPlane
        from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkRenderer
        from vtkmodules.vtkRenderingImage import vtkImageResliceMapper

        make: Any = QVTKRenderWindowInteractor  # states no types
        widget = make()
        renderer = vtkRenderer()
        widget.GetRenderWindow().AddRenderer(renderer)
        planes = []
        for image, window, level, opacity in ((0, 400, 40, 1.0), (1, 7, 3.5, 0.5)):
            mapper = vtkImageResliceMapper()
            mapper.SetInputData(self.images[image])
            plane = vtkPlane()
            plane.SetNormal(*(float(a == normal) for a in range(3)))
            mapper.SetSlicePlane(plane)
            planes.append(plane)
            actor = vtkImageSlice()
            actor.SetMapper(mapper)
            actor.GetProperty().SetColorWindow(window)
            actor.GetProperty().SetColorLevel(level)
            actor.GetProperty().SetOpacity(opacity)
            actor.GetProperty().SetLayerNumber(image)
            renderer.AddViewProp(actor)
        assert study.ct is not None
        centre = study.ct.grid.centre_lps_mm
        camera = renderer.GetActiveCamera()
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*centre)
        towards = np.array([float(a == normal) for a in range(3)])
        camera.SetPosition(*(centre + 1000 * towards))
        camera.SetViewUp(*((0, 1, 0) if normal == 2 else (0, 0, 1)))
        camera.SetParallelScale(250)
        renderer.ResetCameraClippingRange()
        return widget, planes, renderer

    def step(self, point: tuple[float, ...]) -> None:
        """Move every plane through a position and render."""
        for widget, planes, _ in self.panes:
            for plane in planes:
                plane.SetOrigin(*point)
            widget.GetRenderWindow().Render()

    def close(self) -> None:
        """Free the render windows before Qt goes."""
        for widget, _, _ in self.panes:
            widget.Finalize()
        self.window.close()


def vtk_image(volume: Volume) -> Any:
    """Wrap a volume whose axes run along L, P and S."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(*volume.grid.shape_kji[::-1])
    image.SetSpacing(*volume.grid.spacing_kji_mm[::-1])
    image.SetOrigin(*volume.grid.affine_lps_mm[:3, 3])
    array = np.ascontiguousarray(volume.array, dtype=np.float32)
    wrap: Any = numpy_to_vtk  # states no types
    image.GetPointData().SetScalars(wrap(array.reshape(-1), deep=True))
    return image


def main() -> int:
    """Print both medians and the ratio; return 1 where the target is missed."""
    on_display()
    from PySide6.QtWidgets import QApplication

    from viewers.desk import ReadingDesk
    from viewers.mip import compute_mip_frames

    application = QApplication([])
    study = load(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    assert study.pet is not None
    assert study.ct is not None
    desk = ReadingDesk()
    desk.resize(*SIZE)
    desk.set_study(study)
    desk.set_mip_frames(compute_mip_frames(study.pet))
    desk.show()
    peer = Peer(study)
    # A whole CT slice in every direction, so that no pane of either can keep its picture.
    step_mm = np.maximum(study.ct.grid.spacing_kji_mm[::-1], study.pet.grid.spacing_kji_mm[::-1])
    centre = np.array(desk.cursor_lps_mm)

    def ours(n: int, axes: tuple[int, ...] = (1, 1, 1)) -> float:
        start = time.perf_counter()
        desk.set_cursor(centre + n * step_mm * np.array(axes))
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
