"""Draws the 3D pane: VTK renders body and lesions off the screen, numpy lays them together.

The skin is rendered as if it were solid, lit from the eye: its brightness is then the cosine of
the angle of view, from which opacity follows (glass: clear where it is looked at squarely, dense
at its rim). So no triangles need to be sorted by depth, and a lesion is never hidden.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.errors import KnownError
from viewers.colour.palettes import Packed, packed
from viewers.make.meshes import LesionSurfaces, Mesh
from viewers.scene.surface_state import Camera
from viewers.space.geometry import PaneView

Colour = tuple[int, int, int]
Picture = npt.NDArray[np.uint8]
FloatPicture = npt.NDArray[np.float32]
#: Cosine of the angle of view (times cover), and cover.
Skin = tuple[FloatPicture, FloatPicture]

#: Colours of the ground (top and bottom) and of the skin where it is looked at along itself.
GROUND = ((30, 34, 41), (13, 15, 19))
SKIN = (176, 198, 216)
#: Opacity of the skin's rim, and how quickly it falls from there.
RIM, FALL = 0.85, 2.4


class SurfaceRenderer:
    """Two off-screen windows with the surfaces of one scene; used by one thread.

    They are made by the first picture that is asked for; the program starts without VTK.
    """

    def __init__(self) -> None:
        self._windows: tuple[_OffscreenWindow, _OffscreenWindow] | None = None
        self._body: Any = None
        self._lesions: Any = None
        self._shown: tuple[Mesh | None, LesionSurfaces | None] = (None, None)
        self._coloured: tuple[object, ...] | None = None
        self._skin: tuple[tuple[object, ...], Skin] | None = None

    def picture(
        self,
        body: Mesh | None,
        lesions: LesionSurfaces | None,
        colours: Mapping[int, Colour],
        camera: Camera,
        view: PaneView,
        veil: float,
        *,
        coarse: bool = False,
    ) -> Packed:
        """Draw into packed colours [rows, columns] of the view's size.

        Parameters
        ----------
        body, lesions
            What there is; ``None`` is left out.
        colours
            Red, green and blue by label; labels without one are not drawn.
        camera
            From where.
        view
            Part of the screen's plane (mm right of and above the camera's centre) and its size.
        veil
            Opacity of the skin where it is looked at squarely, 0 to 1.
        coarse
            Render half of the pixels both ways: for a picture that is gone in a moment.

        Raises
        ------
        KnownError
            If this computer cannot draw in three dimensions.
        """
        self._prepare(body, lesions, colours)
        picture = _ground(view.height_px, view.width_px)
        if lesions is not None and lesions.meshes and colours:
            self._lay_lesions(picture, camera, view, coarse=coarse)
        if body is not None:
            _veil(picture, self._seen_skin(body, camera, view, coarse), veil)
        return _packed(picture)

    def _lay_lesions(
        self, picture: FloatPicture, camera: Camera, view: PaneView, *, coarse: bool
    ) -> None:
        assert self._windows is not None
        finer = 1 if coarse else 2
        size = (view.width_px * finer, view.height_px * finer)
        seen = self._windows[1].render(self._lesions, camera, view, size)
        rows, columns = (np.flatnonzero(seen[..., 3].any(axis=1 - x)) for x in (0, 1))
        if not len(rows):
            return
        # Only the box around them is worked on.
        box = tuple(slice(x[0] // finer, x[-1] // finer + 1) for x in (rows, columns))
        fine = tuple(slice(x.start * finer, x.stop * finer) for x in box)
        part: FloatPicture = seen[fine].astype(np.float32)
        if finer == 2:
            # Averaged in blocks of four: smooth edges, cheaper in software than multisampling.
            part = part[::2, ::2] + part[1::2, ::2] + part[::2, 1::2] + part[1::2, 1::2]
            part *= np.float32(0.25)
        # Samples beside an edge are black and clear: the colour already holds its share.
        ground = picture[box]
        ground *= 1 - part[..., 3:] / 255
        ground += part[..., :3]

    def _seen_skin(self, body: Mesh, camera: Camera, view: PaneView, coarse: bool) -> Skin:
        """Cosine of the angle of view, and cover: float32 [rows, columns] each."""
        assert self._windows is not None
        at = (camera.right_lps, camera.down_lps, camera.centre_lps_mm)
        key = (id(body), view, coarse, *(float(x) for v in at for x in v))
        if self._skin is None or self._skin[0] != key:
            rows, columns = view.height_px, view.width_px
            size = (max(2, columns // 2), max(2, rows // 2)) if coarse else (columns, rows)
            seen = self._windows[0].render(self._body, camera, view, size)
            parts = [_softened(seen[..., channel]) for channel in (0, 3)]
            if coarse:
                parts = [_stretched(x, rows, columns) for x in parts]
            skin = parts[0], parts[1]
            self._skin = key, skin
            return skin
        return self._skin[1]

    def close(self) -> None:
        """Free the windows and what they hold."""
        for window in self._windows or ():
            window.close()
        self._windows, self._body, self._lesions, self._skin = None, None, None, None
        self._shown, self._coloured = (None, None), None

    def _prepare(
        self, body: Mesh | None, lesions: LesionSurfaces | None, colours: Mapping[int, Colour]
    ) -> None:
        if self._windows is None:
            self._windows = (_OffscreenWindow(), _OffscreenWindow())
        if self._shown[0] is not body:
            self._body = None if body is None else _body_actor(body)
            self._skin = None
        if self._shown[1] is not lesions:
            self._lesions = None if lesions is None else _lesion_actor(lesions)
            self._coloured = None
        self._shown = (body, lesions)
        wanted = tuple(sorted(colours.items()))
        if lesions is not None and wanted != self._coloured:
            _colour(self._lesions, lesions, colours)
            self._coloured = wanted


class _OffscreenWindow:
    """A VTK window without a screen, with a clear ground and a light at the eye."""

    def __init__(self) -> None:
        from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer

        self._window = _make_window()
        self._window.SetOffScreenRendering(1)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetMultiSamples(0)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._renderer.SetBackgroundAlpha(0.0)
        self._renderer.AutomaticLightCreationOff()
        light = vtkLight()
        light.SetLightTypeToHeadlight()
        self._renderer.AddLight(light)
        self._window.AddRenderer(self._renderer)

    def _look(self, camera: Camera, view: PaneView) -> None:
        """Look at the part of the plane that a view shows."""
        right, up = view.centre_lps_mm[0], view.centre_lps_mm[2]
        focus = camera.centre_lps_mm + right * camera.right_lps - up * camera.down_lps
        eye: Any = self._renderer.GetActiveCamera()
        eye.ParallelProjectionOn()
        eye.SetFocalPoint(*focus.tolist())
        eye.SetPosition(*(focus - 5000.0 * camera.away_lps).tolist())
        eye.SetViewUp(*(-camera.down_lps).tolist())
        eye.SetParallelScale(view.mm_per_px * view.height_px / 2)
        eye.SetClippingRange(1.0, 10_000.0)

    def render(self, actor: Any, camera: Camera, view: PaneView, size: tuple[int, int]) -> Picture:
        """Return one actor alone, in so many columns and rows: uint8 [rows, columns, 4] RGBA."""
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        unwrap: Any = vtk_to_numpy  # states no types
        width, height = size
        if tuple(self._window.GetSize()) != size:
            self._window.SetSize(width, height)
        self._look(camera, view)
        if not self._renderer.HasViewProp(actor):
            self._renderer.RemoveAllViewProps()
            self._renderer.AddActor(actor)
        self._window.Render()
        values = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, values)
        picture: Picture = unwrap(values).reshape(height, width, 4)[::-1]
        return picture

    def close(self) -> None:
        """Free the graphics memory now, on the thread that took it."""
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()


def _make_window() -> Any:
    """Make a window that needs no display.

    Which kinds work here is asked of VTK first: to draw with one that does not ends the process.

    Raises
    ------
    KnownError
        If none does.
    """
    kind = _working_kind()
    if kind is None:
        raise KnownError(
            "This computer cannot draw in three dimensions.",
            "Install OpenGL with EGL (Mesa will do); all other panes work without it.",
        )
    return kind()


@cache
def _working_kind() -> Any:
    from vtkmodules import vtkRenderingOpenGL2
    from vtkmodules.vtkCommonCore import vtkObject
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    kinds: list[Any] = [vtkRenderWindow]
    if sys.platform.startswith("linux"):
        # EGL first: beside Qt's, a second connection to the X server would be one too many.
        kinds = [getattr(vtkRenderingOpenGL2, "vtkEGLRenderWindow", None)]
        if os.environ.get("DISPLAY"):
            kinds.append(getattr(vtkRenderingOpenGL2, "vtkXOpenGLRenderWindow", None))
    warns = vtkObject.GetGlobalWarningDisplay()
    vtkObject.GlobalWarningDisplayOff()
    try:
        return next((x for x in kinds if x is not None and _works(x)), None)
    finally:
        vtkObject.SetGlobalWarningDisplay(warns)


def _works(kind: Any) -> bool:
    window = kind()
    window.SetOffScreenRendering(1)
    return bool(window.SupportsOpenGL())


def _poly_data(points: npt.NDArray[Any], normals: npt.NDArray[Any], corners: Any) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    wrap: Any = numpy_to_vtk  # states no types
    wrap_ids: Any = numpy_to_vtkIdTypeArray
    placed, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    placed.SetData(wrap(np.ascontiguousarray(points), deep=True))
    starts = np.arange(0, 3 * len(corners) + 1, 3, dtype=np.int64)
    flat = np.ascontiguousarray(corners, dtype=np.int64).reshape(-1)
    cells.SetData(wrap_ids(starts, deep=True), wrap_ids(flat, deep=True))
    data.SetPoints(placed)
    data.SetPolys(cells)
    data.GetPointData().SetNormals(wrap(np.ascontiguousarray(normals), deep=True))
    return data


def _actor(data: Any) -> Any:
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper, actor = vtkPolyDataMapper(), vtkActor()
    mapper.SetInputData(data)
    actor.SetMapper(mapper)
    return actor


def _body_actor(mesh: Mesh) -> Any:
    actor = _actor(_poly_data(mesh.points, mesh.normals, mesh.triangles))
    skin = actor.GetProperty()
    skin.SetColor(1.0, 1.0, 1.0)
    skin.SetAmbient(0.0)
    skin.SetDiffuse(1.0)
    skin.SetSpecular(0.0)
    return actor


def _lesion_actor(lesions: LesionSurfaces) -> Any:
    """All lesions as one actor: hundreds of them cost as much as one."""
    meshes = list(lesions.meshes.values())
    points = np.concatenate([np.zeros((0, 3), np.float32), *(m.points for m in meshes)])
    normals = np.concatenate([np.zeros((0, 3), np.float32), *(m.normals for m in meshes)])
    actor = _actor(_poly_data(points, normals, np.zeros((0, 3), np.int64)))
    matter = actor.GetProperty()
    matter.SetAmbient(0.28)
    matter.SetDiffuse(0.72)
    matter.SetSpecular(0.25)
    matter.SetSpecularPower(24.0)
    return actor


def _colour(actor: Any, lesions: LesionSurfaces, colours: Mapping[int, Colour]) -> None:
    """Colour the points by label, and leave out the triangles of labels without a colour."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray

    wrap: Any = numpy_to_vtk  # states no types
    wrap_ids: Any = numpy_to_vtkIdTypeArray
    start = 0
    corners, shades = [np.zeros((0, 3), np.int64)], [np.zeros((0, 3), np.uint8)]
    for label, mesh in lesions.meshes.items():
        count = len(mesh.points)
        shades.append(np.full((count, 3), colours.get(label, (0, 0, 0)), dtype=np.uint8))
        if label in colours:
            corners.append(mesh.triangles + start)
        start += count
    flat = np.concatenate(corners).reshape(-1)
    data = actor.GetMapper().GetInput()
    ends = np.arange(0, len(flat) + 1, 3, dtype=np.int64)
    data.GetPolys().SetData(wrap_ids(ends, deep=True), wrap_ids(flat, deep=True))
    data.GetPointData().SetScalars(wrap(np.concatenate(shades), deep=True))
    data.GetPolys().Modified()
    data.Modified()


def _ground(rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Make a dark ground that grows darker downwards: float32 [rows, columns, 3]."""
    top, bottom = (np.array(x, dtype=np.float32) for x in GROUND)
    down = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    column = top * (1 - down) + bottom * down
    return np.repeat(column[:, None, :], columns, axis=1)


def _veil(ground: FloatPicture, skin: Skin, veil: float) -> None:
    """Lay the skin over the ground as glass."""
    cosine = np.linspace(0.0, 1.0, 256, dtype=np.float32)
    opacity = veil + (RIM - veil) * (1 - cosine) ** FALL
    # Squarely seen skin is a little darker than its rim, so that the body has a shape.
    shade = np.array(SKIN, dtype=np.float32) * (0.55 + 0.45 * (1 - cosine[:, None]))
    glass = shade * opacity[:, None]
    cover = skin[1]
    facing = np.minimum(255 * skin[0] / np.maximum(cover, 1e-3), 255).astype(np.uint8)
    ground *= (1 - opacity[facing] * cover)[..., None]
    ground += glass[facing] * cover[..., None]


def _softened(channel: Picture) -> FloatPicture:
    """Scale to 0 to 1, without steps at the edges."""
    soft: FloatPicture = np.empty(channel.shape, dtype=np.float32)
    ndimage.gaussian_filter(channel.astype(np.float32), 0.6, output=soft)
    soft *= np.float32(1 / 255)
    return soft


def _stretched(values: FloatPicture, rows: int, columns: int) -> FloatPicture:
    """Double a picture, and soften the steps."""
    at = (np.arange(n) * m // n for n, m in zip((rows, columns), values.shape, strict=True))
    stretched: FloatPicture = values[np.ix_(*at)]
    stretched[1:] = (stretched[1:] + stretched[:-1]) / 2
    stretched[:, 1:] = (stretched[:, 1:] + stretched[:, :-1]) / 2
    return stretched


def _packed(colours: FloatPicture) -> Packed:
    whole = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return packed(whole)
