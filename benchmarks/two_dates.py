"""Studies of two dates from the phantom as DICOM, for the benchmarks; by itself it does nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from app.compute.phantom.phantom import make_phantom
from app.core.space.grid import ImageGrid
from app.io.write.dicom.scanner import StudyFacts, write_ct, write_pet

#: Seeds of the patients and dates; none is the sample study's.
SEEDS = (611, 612, 613, 614)


def write_date(folder: Path, seed: int, patient: int, date: datetime, *, small: bool) -> None:
    """Write a PET/CT of the phantom with this seed as DICOM.

    Parameters
    ----------
    folder
        Where to; made if need be.
    seed
        Of the phantom.
    patient
        Number of the patient.
    date
        When the PET began.
    small
        Coarse voxels: some 2 MB of arrays instead of some 100 MB.
    """
    grids = (_grid((24.0, 12.0, 12.0), 44), _grid((24.0, 6.0, 6.0), 84)) if small else (None, None)
    phantom = make_phantom(seed, pet_grid=grids[0], ct_grid=grids[1])
    facts = StudyFacts(
        seed_text=f"benchmark-{seed}-{small}",
        patient_name=f"BENCHMARK^PATIENT {patient}",
        patient_id=f"BENCHMARK-{patient}",
        sex="F",
        weight_kg=70.0,
        height_m=1.7,
        age_years=60,
        injected_bq=280e6,
        injection=date - timedelta(minutes=60),
        scan_start=date,
    )
    for name in ("pet", "ct"):
        (folder / name).mkdir(parents=True)
    write_pet(phantom.pet_suvbw, facts, folder / "pet")
    write_ct(phantom.ct_hu, facts, folder / "ct")


def _grid(spacing_kji_mm: tuple[float, float, float], columns: int) -> ImageGrid:
    edge_mm = -(columns - 1) / 2.0 * spacing_kji_mm[2]
    shape = (int(1056.0 / spacing_kji_mm[0]), columns, columns)
    origin = (edge_mm, edge_mm, -560.0)
    return ImageGrid.from_spacing(shape, spacing_kji_mm, origin, "2.25.611")
