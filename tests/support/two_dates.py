"""Two dates of one patient from the phantom, small and in memory."""

from __future__ import annotations

from functools import lru_cache

from app.compute.phantom.phantom import make_phantom
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import SuvScale
from app.core.study.study import Choice, Patient, SeriesInfo, Study

JANE = Patient("Doe^Jane", "A-1", "F", "19700131", 70.0, 1.7)
RITA = Patient("Roe^Rita Maria Magdalena", "B-2", "F", "19510722", 61.0, 1.6)
#: Millimetres along S by which the second date's table stands higher than the first's.
TABLE_MM = 60.0


def _grid(spacing: tuple[float, float, float], columns: int, shift: float, frame: str) -> ImageGrid:
    edge = -(columns - 1) / 2.0 * spacing[2]
    shape = (int(1080.0 / spacing[0]), columns, columns)
    return ImageGrid.from_spacing(shape, spacing, (edge, edge, -570.0 + shift), frame)


@lru_cache(maxsize=4)
def _images(seed: int) -> tuple[Volume, Volume]:
    made = make_phantom(
        seed,
        pet_grid=_grid((10.0, 7.0, 7.0), 76, 0.0, "0"),
        ct_grid=_grid((10.0, 4.5, 4.5), 112, 0.0, "0"),
    )
    return made.pet_suvbw, made.ct_hu


def date_study(
    seed: int,
    date: str,
    *,
    patient: Patient = JANE,
    shift_mm: float = 0.0,
    frame: str = "",
) -> Study:
    """Return a PET/CT of the phantom with this seed, its grids moved along S by some mm."""
    uid = f"2.25.{seed}"
    frame = frame or f"{uid}.9"
    pet, ct = _images(seed)
    pet_grid = _grid(pet.grid.spacing_kji_mm, pet.grid.shape_kji[2], shift_mm, frame)
    ct_grid = _grid(ct.grid.spacing_kji_mm, ct.grid.shape_kji[2], shift_mm, frame)
    series = (
        SeriesInfo(f"{uid}.1", uid, "PT", "WB PET AC", 108, "PET AC", frame_of_reference_uid=frame),
        SeriesInfo(f"{uid}.2", uid, "CT", "WB CT", 108, "CT", frame_of_reference_uid=frame),
        SeriesInfo(f"{uid}.3", uid, "CT", "Lung kernel", 108, "CT", frame_of_reference_uid=frame),
    )
    return Study(
        patient=patient,
        description="Whole body FDG",
        date=date,
        series=series,
        choice=Choice(f"{uid}.1", f"{uid}.2", "The only PET and its CT."),
        pet=Volume(pet_grid, pet.array, Quantity.SUV_BW, f"{uid}.1", "WB PET AC"),
        ct=Volume(ct_grid, ct.array, Quantity.HU, f"{uid}.2", "WB CT"),
        suv=SuvScale("SUVbw", 0.00042, "BQML, START: dose decayed to scan start", {}),
        aligned=True,
    )


def two_dates(**second: object) -> tuple[Study, Study]:
    """Return a newer study and its prior, which lies `TABLE_MM` higher in another frame."""
    newer = date_study(511, "20260110")
    changes: dict[str, object] = {"shift_mm": TABLE_MM, **second}
    return newer, date_study(512, "20250704", **changes)  # type: ignore[arg-type]
