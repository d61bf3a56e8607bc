"""A small study with a result, to export: seven slices, four lesions of every status."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import SampleMasks, measure
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import Provenance, SuvScale
from app.core.study.study import Choice, Patient, SeriesInfo, Study
from app.io.write.dicom.scanner import StudyFacts, write_pet

SHAPE = (7, 12, 10)
STATUS = {
    1: LesionStatus.CANDIDATE,
    3: LesionStatus.PHYSIOLOGICAL,
    4: LesionStatus.ACCEPTED,
    9: LesionStatus.REJECTED,
}
ASKED = [
    "id",
    "label",
    "suv_min",
    "suv_median",
    "suv_max",
    "suv_mean",
    "suv_peak",
    "mtv_ml",
    "tlg",
    "centroid_lps_mm",
    "hottest_lps_mm",
    "mtv_ml_interval",
    "suv_mean_interval",
    "tlg_interval",
    "uncertainty",
    "lesion_score",
    "lesion_score_interval",
    "score_samples",
    "novelty",
    "outside_training",
    "status",
]


def facts() -> StudyFacts:
    return StudyFacts(
        seed_text="test",
        patient_name="Solo",
        patient_id="SECRET-7",
        sex="F",
        weight_kg=61.0,
        height_m=1.6,
        age_years=50,
        injected_bq=2e8,
        injection=datetime(2026, 1, 1, 23, 30),
        scan_start=datetime(2026, 1, 2, 0, 31),
    )


def grid_of(kind: str) -> ImageGrid:
    spacing = np.diag([3.0, 4.0, 2.5])
    axes = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=float)
    if kind == "flipped":
        axes = axes * (-1, 1, 1)
    if kind == "oblique":
        turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1.0]])
        tilt = np.array([[1, 0, 0], [0, 0.96, -0.28], [0, 0.28, 0.96]])
        axes = turn @ tilt @ axes
    affine = np.eye(4)
    affine[:3, :3] = axes @ spacing
    affine[:3, 3] = (-20.5, 30.25, 100.0)
    return ImageGrid(SHAPE, affine, "1.2.3.4")


def labels_array() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint16)
    labels[1:3, 2:5, 1:4] = 1
    labels[4, 8:10, 6:9] = 3
    labels[3:6, 1, 7] = 4
    labels[6, 11, 9] = 9
    return labels


def make(
    folder: Path | None, kind: str = "plain", statuses: dict[int, LesionStatus] | None = None
) -> tuple[Study, LesionAnalysis]:
    """Make a study (with DICOM files if a folder is given) and a result on it."""
    rng = np.random.default_rng(5)
    grid = grid_of(kind)
    pet = Volume(grid, rng.uniform(1, 9, SHAPE).astype(np.float32), Quantity.SUV_BW, "9.8.7")
    files: tuple[Path, ...] = ()
    if folder is not None:
        folder.mkdir()
        files = write_pet(pet, facts(), folder)[::-1]  # the reader's order is its own affair
    suv = SuvScale("SUVbw", 0.0004, "a rule", {"PatientWeight": 61.0})
    series = SeriesInfo("9.8.7", "9.8", "PT", "SECRET text", 7, "PET AC", files, tracer="FDG")
    study = Study(
        Patient("Solo", "SECRET-7"),
        "SECRET study",
        "20260102",
        (series,),
        Choice("9.8.7", None, "the only PET"),
        pet,
        None,
        suv,
        aligned=True,
        warnings=("A warning of the study.",),
        source="/home/SECRET",
    )
    table = tuple(
        Lesion(f"lesion-{n}", n, f"L{n}", status, "net 1", 0.25 * n, 0.1)
        for n, status in (statuses or STATUS).items()
    )
    segmentation = Segmentation("s", grid, Labelmap.from_array(labels_array()), table, 4)
    masks = [rng.random(SHAPE) < p for p in (0.5, 0.7, 0.9, 0.95)]
    biomarkers = measure(pet, segmentation, SampleMasks(masks, labels_array()))
    uncertainty = Volume(grid, rng.random(SHAPE, dtype=np.float32), Quantity.ENTROPY)
    provenance = Provenance(
        {"uptake": "0.1.0"}, {"PET": "9.8.7"}, suv, "net", "1.2", {"net": "ab12"}, 0.5, 4
    )
    return study, LesionAnalysis(segmentation, biomarkers, None, uncertainty, provenance)


def read_json(path: Path) -> Any:
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
