"""Turning the MIP of a 200 x 200 x 600 PET, against vtkGPUVolumeRayCastMapper.

Both show the whole PET in a window of 700 x 1000, in software; a step turns it by 10 degrees, up to
the finished picture on the display. Ours takes a frame that was computed before; how long that
takes is printed beside it, with its own limit.

Usage: ``python benchmarks/mip_turn.py``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import numpy as np
from large_study import large_study
from vtk_panes import on_display, show, vtk_image

from app.core.space.volume import Volume

TARGET, FRAMES_S = 0.05, 3.0
SIZE = (700, 1000)
STEPS = 12


class RayCaster:
    """A QVTK widget that casts maximum intensity rays."""

    def __init__(self, pet: Volume) -> None:
        import vtkmodules.vtkRenderingOpenGL2
        import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - registers the mapper
        from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
        from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
        from vtkmodules.vtkRenderingCore import (
            vtkColorTransferFunction,
            vtkRenderer,
            vtkVolume,
            vtkVolumeProperty,
        )
        from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

        make: Any = QVTKRenderWindowInteractor  # states no types
        self.widget = make()
        self.widget.resize(*SIZE)
        renderer = vtkRenderer()
        renderer.SetBackground(1, 1, 1)
        self.widget.GetRenderWindow().AddRenderer(renderer)
        mapper = vtkGPUVolumeRayCastMapper()
        mapper.SetInputData(vtk_image(pet))
        mapper.SetBlendModeToMaximumIntensity()
        look = vtkVolumeProperty()
        grey, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
        for value, brightness in ((0.0, 1.0), (7.0, 0.0)):
            grey.AddRGBPoint(value, brightness, brightness, brightness)
        opacity.AddPoint(0.0, 0.0)
        opacity.AddPoint(7.0, 1.0)
        look.SetColor(grey)
        look.SetScalarOpacity(opacity)
        volume = vtkVolume()
        volume.SetMapper(mapper)
        volume.SetProperty(look)
        renderer.AddVolume(volume)
        self._camera = renderer.GetActiveCamera()
        self._camera.ParallelProjectionOn()
        self._camera.SetFocalPoint(*pet.grid.centre_lps_mm)
        self._camera.SetPosition(*(pet.grid.centre_lps_mm - np.array([0, 2000, 0])))
        self._camera.SetViewUp(0, 0, 1)
        self._camera.SetParallelScale(620)
        renderer.ResetCameraClippingRange()
        show(self.widget)
        self.widget.Initialize()

    def turn(self) -> None:
        """Turn by 10 degrees and render."""
        self._camera.Azimuth(10)
        self.widget.GetRenderWindow().Render()


def main() -> int:
    """Print the medians and the ratio; return 1 where a target is missed."""
    on_display()
    from PySide6.QtWidgets import QApplication

    from viewers.desk.desk import ReadingDesk
    from viewers.make.mip import compute_mip_frames
    from viewers.scene.model import SceneModel
    from viewers.space.layouts import Content

    application = QApplication([])
    study = large_study()
    assert study.pet is not None
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        frames = compute_mip_frames(study.pet)
        spent.append(time.perf_counter() - start)
    desk = ReadingDesk(SceneModel())
    desk.resize(*SIZE)
    desk.model.set_study(study)
    desk.model.navigation.set_mip_frames(frames)
    show(desk)
    boxes = desk.scene.boxes(*SIZE)
    desk.model.layouts.maximise(next(b.number for b in boxes if b.spec.content is Content.MIP))
    peer = RayCaster(study.pet)

    def ours() -> float:
        start = time.perf_counter()
        desk.model.navigation.turn_mip(1)
        desk.repaint()
        application.processEvents()
        return time.perf_counter() - start

    def theirs() -> float:
        start = time.perf_counter()
        peer.turn()
        application.processEvents()
        return time.perf_counter() - start

    ours(), theirs()
    mine, other = [], []
    for _ in range(STEPS):
        mine += [ours() for _ in range(4)]
        other.append(theirs())
    peer.widget.Finalize()
    desk.close()
    ratio = median(mine) / median(other)
    print(
        f"MIP frame: Uptake {1e3 * median(mine):.1f} ms, ray casting {1e3 * median(other):.0f} ms, "
        f"ratio {ratio:.3f} (target {TARGET}); 36 frames ready in {median(spent):.2f} s "
        f"(target {FRAMES_S})"
    )
    return 0 if ratio <= TARGET and median(spent) <= FRAMES_S else 1


if __name__ == "__main__":
    sys.exit(main())
