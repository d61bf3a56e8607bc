"""The peer of the desk's benchmarks: a QVTK widget with vtkImageResliceMapper for every pane."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.space.volume import Volume
from app.core.study.study import Study

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LOOKS = {"ct": (400.0, 40.0), "pet": (7.0, 3.5)}
"""Window and level of each image; over another it is half transparent."""


def on_display() -> None:
    """Start again on a virtual display with software rendering where there is none."""
    os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    if not os.environ.get("DISPLAY"):
        xvfb = shutil.which("xvfb-run")
        if xvfb is None:
            print(f"{sys.argv[0]}: skipped, there is no display and no xvfb-run")
            sys.exit(0)
        screen = ["-a", "-s", "-screen 0 1600x1200x24"]
        os.execv(xvfb, [xvfb, *screen, sys.executable, *sys.argv])


def show(widget: QWidget) -> None:
    """Show a window and wait until it is on the display: before, painting it does nothing."""
    from PySide6.QtCore import QCoreApplication

    widget.show()
    end_s = time.monotonic() + 30.0
    while not (handle := widget.windowHandle()) or not handle.isExposed():
        if time.monotonic() > end_s:
            raise SystemExit("the window was not shown in time")
        QCoreApplication.processEvents()
        time.sleep(0.01)
    QCoreApplication.processEvents()


class VtkPanes:
    """Widgets in a window, three in a row at most.

    Parameters
    ----------
    study
        Its PET and CT, on grids along L, P and S.
    panes
        Of each pane the images, undermost first, and its normal: 0 sagittal, 1 coronal, 2 axial.
    size
        Of the window.
    """

    def __init__(
        self,
        study: Study,
        panes: Sequence[tuple[Sequence[str], int]],
        size: tuple[int, int],
        across: int = 3,
    ) -> None:
        from PySide6.QtWidgets import QGridLayout, QWidget

        self.window = QWidget()
        self.window.resize(*size)
        grid = QGridLayout(self.window)
        grid.setContentsMargins(0, 0, 0, 0)
        assert study.ct is not None
        assert study.pet is not None
        self._centre = study.ct.grid.centre_lps_mm
        self._images = {"ct": vtk_image(study.ct), "pet": vtk_image(study.pet)}
        self.actors: dict[str, list[Any]] = {"ct": [], "pet": []}
        self.panes = [self._pane(images, normal) for images, normal in panes]
        for n, (widget, _) in enumerate(self.panes):
            grid.addWidget(widget, n // across, n % across)
        show(self.window)
        for widget, _ in self.panes:
            widget.Initialize()

    def _pane(self, images: Sequence[str], normal: int) -> tuple[Any, list[Any]]:
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
        for layer, name in enumerate(images):
            mapper = vtkImageResliceMapper()
            mapper.SetInputData(self._images[name])
            plane = vtkPlane()
            plane.SetNormal(*(float(a == normal) for a in range(3)))
            plane.SetOrigin(*self._centre)
            mapper.SetSlicePlane(plane)
            planes.append(plane)
            actor = vtkImageSlice()
            actor.SetMapper(mapper)
            actor.GetProperty().SetColorWindow(LOOKS[name][0])
            actor.GetProperty().SetColorLevel(LOOKS[name][1])
            actor.GetProperty().SetOpacity(0.5 if layer else 1.0)
            actor.GetProperty().SetLayerNumber(layer)
            renderer.AddViewProp(actor)
            self.actors[name].append(actor)
        camera = renderer.GetActiveCamera()
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*self._centre)
        towards = np.array([float(a == normal) for a in range(3)])
        camera.SetPosition(*(self._centre + 1000 * towards))
        camera.SetViewUp(*((0, 1, 0) if normal == 2 else (0, 0, 1)))
        camera.SetParallelScale(250)
        renderer.ResetCameraClippingRange()
        return widget, planes

    def step(self, point: tuple[float, ...]) -> None:
        """Move every plane through a position and render."""
        for widget, planes in self.panes:
            for plane in planes:
                plane.SetOrigin(*point)
            widget.GetRenderWindow().Render()

    def set_upper(self, upper: float) -> None:
        """Show the PET from 0 to ``upper`` and render every pane that shows it."""
        for actor in self.actors["pet"]:
            actor.GetProperty().SetColorWindow(upper)
            actor.GetProperty().SetColorLevel(upper / 2)
        for widget, _ in self.panes:
            widget.GetRenderWindow().Render()

    def close(self) -> None:
        """Free the render windows before Qt goes."""
        for widget, _ in self.panes:
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
