"""A large study for the benchmarks: a body of noise, CT 600 x 512 x 512, PET 600 x 200 x 200."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Choice, Patient, Study

CT_SHAPE, CT_MM = (600, 512, 512), (2.0, 0.98, 0.98)
PET_SHAPE, PET_MM = (600, 200, 200), (2.0, 3.0, 3.0)


def large_pet() -> Volume:
    """Quiet uptake with 40 hot balls and noise, SUV, float32; air around the body is not quite 0.

    The body is an ellipse of 420 x 260 mm in a field of view of 600 mm.
    """
    rng = np.random.default_rng(0)
    grid = _grid(PET_SHAPE, PET_MM)
    image = rng.gamma(1.0, 0.02, PET_SHAPE).astype(np.float32)
    body = _body(grid)
    image[:, body] += rng.gamma(9.0, 0.1, (PET_SHAPE[0], int(body.sum()))).astype(np.float32)
    inside = np.argwhere(body)
    for _ in range(40):
        j, i = inside[int(rng.integers(len(inside)))]
        k = int(rng.integers(10, PET_SHAPE[0] - 10))
        image[k - 4 : k + 4, j - 3 : j + 3, i - 3 : i + 3] += np.float32(rng.uniform(2.0, 15.0))
    return Volume(grid, image, Quantity.SUV_BW)


def large_study() -> Study:
    """Make the study (CT 315 MB as int16, PET 96 MB as float32)."""
    rng = np.random.default_rng(1)
    grid = _grid(CT_SHAPE, CT_MM)
    ct = np.full(CT_SHAPE, -1000, dtype=np.int16)
    body = _body(grid)
    for plane in ct:
        plane[body] = rng.normal(40.0, 25.0, int(body.sum())).astype(np.int16)
    return Study(
        Patient("Noise", "0"),
        "noise",
        "",
        (),
        Choice(None, None, "made"),
        large_pet(),
        Volume(grid, ct, Quantity.HU),
        None,
        True,
    )


def _grid(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> ImageGrid:
    origin = [-(n - 1) / 2 * mm for n, mm in zip(shape[::-1], spacing_mm[::-1], strict=True)]
    return ImageGrid.from_spacing(shape, spacing_mm, (origin[0], origin[1], origin[2]))


def _body(grid: ImageGrid) -> npt.NDArray[np.bool_]:
    """Ellipse of the body in every axial slice, ``[j, i]``."""
    _, rows, columns = grid.shape_kji
    _, row_mm, column_mm = grid.spacing_kji_mm
    y = (np.arange(rows) - (rows - 1) / 2)[:, None] * row_mm
    x = (np.arange(columns) - (columns - 1) / 2)[None, :] * column_mm
    return (x / 210.0) ** 2 + (y / 130.0) ** 2 < 1.0
