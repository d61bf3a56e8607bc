"""From files to panes: an F in each plane reads upright, whatever way it was acquired and stored.

The screen's conventions are written out here once more, apart from the viewer's own: axial as
seen from the feet, coronal from the front, sagittal from the left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.core.space.grid import ImageGrid
from app.core.study.study import Study
from app.io.open.named import open_files
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, write_series
from tests.support.phantoms import F_BARS, in_letter, make_grid, rotation, voxel_points
from viewers.colour.palettes import palette
from viewers.film.offscreen import draw_picture
from viewers.paint import annotate
from viewers.paint.renderer import SceneRenderer
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.values import Crosshair
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, read_layouts

SIZE = (1200, 900)
SUV, HU = 7.0, 240.0


@dataclass(frozen=True)
class Convention:
    """What lies where on the screen: LPS axis and sign to the right and down, and the letters."""

    right: tuple[int, int]
    down: tuple[int, int]
    normal: int
    letters: tuple[str, str, str, str]
    #: Middle of the plane's own F, LPS mm.
    middle: tuple[float, float, float]


CONVENTIONS = {
    Plane.AXIAL: Convention((0, 1), (1, 1), 2, ("R", "L", "A", "P"), (4.0, 3.0, -56.0)),
    Plane.CORONAL: Convention((0, 1), (2, -1), 1, ("R", "L", "S", "I"), (-30.0, -40.0, 24.0)),
    Plane.SAGITTAL: Convention((1, 1), (2, -1), 0, ("A", "P", "S", "I"), (40.0, 22.0, 24.0)),
}
HALF_THICK_MM = 13.0

#: Grids as they come from scanners; DICOM's k runs along row x column, which flips follow.
GRIDS = {
    "axial, head first supine": make_grid((4.0, 3.5, 3.5), half_mm=85),
    "axial, prone": make_grid((4.0, 3.5, 3.5), half_mm=85, flips=(1, 2)),
    "axial, feet first": make_grid((4.0, 3.5, 3.5), half_mm=85, flips=(0, 2)),
    "coronal acquisition": make_grid((4.0, 3.5, 3.5), half_mm=85, order=(1, 2, 0), flips=(1,)),
    "sagittal acquisition": make_grid((4.0, 3.5, 3.5), half_mm=85, order=(0, 2, 1), flips=(1, 0)),
    "anisotropic": make_grid((6.0, 2.5, 4.0), half_mm=85),
    "oblique": make_grid((4.0, 3.5, 3.5), half_mm=92, turn=rotation(0, 14) @ rotation(2, -22)),
    "gantry tilt": make_grid((4.0, 3.5, 3.5), half_mm=92, gantry_tilt=18.0),
}


def letters(grid: ImageGrid) -> npt.NDArray[np.bool_]:
    """Three Fs, one for each plane, none of which touches another: [k, j, i]."""
    points = voxel_points(grid)
    inside = np.zeros(grid.shape_kji, bool)
    for c in CONVENTIONS.values():
        from_middle = points - np.array(c.middle)
        (ra, rs), (da, ds) = c.right, c.down
        letter = in_letter(from_middle[..., ra] * rs, from_middle[..., da] * ds)
        inside |= letter & (np.abs(from_middle[..., c.normal]) <= HALF_THICK_MM)
    return inside


def as_dicom(folder: Path, grid: ImageGrid) -> Study:
    """Write PET and CT of the grid by pydicom and read them."""
    inside = letters(grid)
    pet = (inside * (SUV / FACTOR)).astype(np.int16)
    write_series(folder / "pet", pet, np.array(grid.affine_lps_mm))
    ct = np.where(inside, HU, -160.0).astype(np.int16)
    write_series(folder / "ct", ct, np.array(grid.affine_lps_mm), "CT")
    return open_study([folder])


def as_nifti(folder: Path, grid: ImageGrid) -> Study:
    """Write both by nibabel ([x, y, z] order, RAS signs) and read them."""
    inside = letters(grid)
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine_lps_mm[:, [2, 1, 0, 3]]
    values = {"pet_suv": inside * np.float32(SUV), "ct": np.where(inside, HU, -160.0)}
    for name, array in values.items():
        turned = np.transpose(array, (2, 1, 0)).astype(np.float32)
        nib.save(nib.Nifti1Image(turned, ras), folder / f"{name}.nii.gz")
    return open_files(folder / "pet_suv.nii.gz", folder / "ct.nii.gz")


def scene_of(study: Study, cursor: tuple[float, float, float]) -> Scene:
    """Return the default layout at a place, with a window from -160 to 240 HU."""
    scene = Scene(read_layouts()["default"]).with_study(study)
    return replace(scene, crosshair=Crosshair(cursor, cursor))


def pane(scene: Scene, content: Content, plane: Plane) -> PaneBox:
    """Find a pane's place."""
    boxes = scene.boxes(*SIZE)
    return next(b for b in boxes if b.spec.content is content and b.spec.plane is plane)


def brightness(
    picture: npt.NDArray[np.uint8], box: PaneBox, content: Content
) -> npt.NDArray[np.float64]:
    """Part of the letter in every pixel of a pane, 0 to 1, without the pane's border."""
    part = picture[box.y + 1 : box.y + box.height - 1, box.x + 1 : box.x + box.width - 1]
    grey = part.mean(axis=2) / 255.0
    shown: npt.NDArray[np.float64] = 1.0 - grey if content is Content.PET else grey
    return shown


@pytest.mark.parametrize("write", [as_dicom, as_nifti], ids=["DICOM", "NIfTI"])
@pytest.mark.parametrize("name", list(GRIDS))
def test_every_pane_shows_its_letter_upright(
    tmp_path: Path, name: str, write: Any, qtbot: QtBot
) -> None:
    study = write(tmp_path, GRIDS[name])
    for plane, c in CONVENTIONS.items():
        scene = scene_of(study, c.middle)
        picture = draw_picture(SceneRenderer(writing=False), scene, *SIZE)
        for content in (Content.PET, Content.CT):
            box = pane(scene, content, plane)
            view = scene.pane_view(box.spec, box.width, box.height)
            # Where the letter must be follows from the middle of the pane and its scale alone.
            (ra, rs), (da, ds) = c.right, c.down
            x = (np.arange(box.width) + 0.5 - box.width / 2) * view.mm_per_px
            y = (np.arange(box.height) + 0.5 - box.height / 2) * view.mm_per_px
            right = x + rs * (view.centre_lps_mm[ra] - c.middle[ra])
            down = y + ds * (view.centre_lps_mm[da] - c.middle[da])
            wanted = in_letter(right[None, 1:-1], down[1:-1, None])
            near = (np.abs(right[None, 1:-1]) < 45) & (np.abs(down[1:-1, None]) < 55)
            shown = (brightness(picture, box, content) > 0.5) & near
            assert wanted.sum() > 500
            wrong = np.mean(shown != wanted) / wanted.mean()
            # Its rim of half a voxel is all that may differ.
            assert wrong < 0.3, (plane, content, wrong)
            for other in (wanted[:, ::-1], wanted[::-1], wanted[::-1, ::-1]):
                assert np.mean(shown != other) > 2 * np.mean(shown != wanted), (plane, content)


def test_letters_of_the_screen_are_the_conventions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    study = as_nifti(tmp_path, GRIDS["oblique"])
    scene = scene_of(study, (0.0, 0.0, 0.0))
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(annotate, "draw_letters", lambda _p, _w, _h, four, _s: said.append(four))
    draw_picture(SceneRenderer(), scene, *SIZE)
    boxes = [b for b in scene.boxes(*SIZE) if b.spec.content is not Content.MIP]
    assert said == [CONVENTIONS[b.spec.plane].letters for b in boxes]


@pytest.mark.parametrize("flips", [(), (0, 1, 2), (1,)])
@pytest.mark.parametrize("plane", list(Plane))
def test_the_slice_on_the_pane_is_the_nearest(
    tmp_path: Path, flips: tuple[int, ...], plane: Plane, qtbot: QtBot
) -> None:
    """Each native slice has a SUV of its own: the colour on the pane says which one is shown."""
    grid = make_grid((5.0, 5.0, 5.0), half_mm=40, flips=flips)
    axis = {Plane.AXIAL: 0, Plane.CORONAL: 1, Plane.SAGITTAL: 2}[plane]
    count = grid.shape_kji[axis]
    ramp = np.broadcast_to(
        np.arange(count).reshape([-1 if a == axis else 1 for a in range(3)]), grid.shape_kji
    )
    stored = np.rint(ramp * 7.0 / (count - 1) / FACTOR).astype(np.int16)
    write_series(tmp_path, stored, np.array(grid.affine_lps_mm))
    study = open_study([tmp_path])
    assert study.pet is not None
    table = palette("inverse-grey").astype(float)
    for row in (2, count // 2, count - 2):
        for offset in (-0.49, -0.2, 0.2, 0.49):
            index = [(n - 1) / 2 for n in grid.shape_kji]
            index[axis] = row + offset
            x, y, z = (float(v) for v in grid.points_lps_mm(index))
            scene = scene_of(study, (x, y, z))
            picture = draw_picture(SceneRenderer(writing=False), scene, *SIZE)
            box = pane(scene, Content.PET, plane)
            shown = picture[box.y + box.height // 2, box.x + box.width // 2].astype(float)
            exact = np.interp(row / (count - 1) * 255, np.arange(256), table[:, 0])
            # Within 1/255, and one slice further is 15 off.
            assert np.abs(shown - exact).max() <= 1.0, (row, offset)


def test_the_letter_is_asymmetric() -> None:
    """An F is none of its mirror images: else the tests above would prove nothing."""
    right, down = np.meshgrid(np.arange(-40, 41), np.arange(-40, 41))
    letter = in_letter(right.astype(float), down.astype(float))
    assert len(F_BARS) == 3
    for other in (letter[:, ::-1], letter[::-1], letter[::-1, ::-1], letter.T):
        assert np.mean(letter != other) > 0.5 * letter.mean()
