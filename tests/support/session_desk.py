"""A session without a window, and small studies for it."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.core.kit.jobs import JobQueue, JobReport
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers, Value
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, new_lesion_id
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import LesionsChanged, Patch, Segmentation
from app.core.space.alignment import RigidAlignment, RigidMotion, motion_matrix
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.placement import start_alignment
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study
from app.session.session import Session
from tests.support.export_case import make

GRID = ImageGrid.from_spacing((4, 5, 6), (3.0, 2.0, 2.0))


BALL_GRID = ImageGrid.from_spacing((20, 24, 24), (4.0, 4.0, 4.0))
MOVED = RigidMotion((2.0, -3.0, 5.0), (6.0, -2.0, 3.0))


class Desk:
    """A session with a plain queue in place of a window's event loop; it keeps what it heard."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.session = Session(JobQueue("cpu", 2), JobQueue("device"), self.calls.put)
        self.reports: list[JobReport] = []
        self.problems: list[BaseException] = []
        self.notices: list[str] = []
        self.changed: list[LesionsChanged] = []
        self.placements: list[Study] = []
        self.session.jobs.changed.connect(self.reports.append)
        self.session.jobs.problem.connect(self.problems.append)
        self.session.jobs.notice.connect(self.notices.append)
        self.session.results.lesions_changed.connect(self.changed.append)
        self.session.alignment.placed.connect(self.placements.append)

    def run_until(self, met: Callable[[], bool]) -> None:
        """Do what workers post until something is so."""
        while not met():
            self.calls.get(timeout=30)()

    def finish(self) -> None:
        """Do what workers post until no work is left."""
        self.run_until(lambda: not self.session.jobs.reports)

    def recover(self, fwhm_mm: float) -> None:
        """Recover the lesions' uptake and wait for it."""
        assert self.session.values.recover(fwhm_mm) is not None
        self.finish()

    @property
    def analysis(self) -> LesionAnalysis:
        """The result, which is there."""
        assert self.session.analysis is not None
        return self.session.analysis


def make_study() -> Study:
    pet = Volume(GRID, np.ones(GRID.shape_kji, np.float32), Quantity.SUV_BW)
    return Study(Patient(), "", "", (), Choice(None, None, ""), pet, None, None, True)


def make_analysis() -> LesionAnalysis:
    labels = np.zeros(GRID.shape_kji, np.uint16)
    labels[0, 0, 0], labels[3, 0, 0] = 1, 2
    lesions = tuple(Lesion(f"id{n}", n, f"L{n}") for n in (1, 2))
    values = {
        x.id: Biomarkers(
            x.id,
            0,
            {
                "mtv_ml": Value(2.0 * x.label, "ml", "mtv_ml", (1.0, 3.0), (1.0, 3.0)),
                "tlg": Value(5.0 * x.label, "ml", "tlg"),
                "suv_max": Value(4.0, "SUV", "suv_max"),
            },
            (0.0, 0.0, 9.0 * (x.label - 1)),
            (0.0, 0.0, 0.0),
            1,
        )
        for x in lesions
    }
    segmentation = Segmentation("s", GRID, Labelmap.from_array(labels), lesions)
    return LesionAnalysis(segmentation, values, None, None, Provenance({}, {}))


def find(desk: Desk) -> None:
    desk.session.results.run("Find lesions", lambda context: make_analysis())
    desk.run_until(lambda: desk.session.analysis is not None)


def make_derived(title: str, value: float) -> DerivedImage:
    volume = Volume(GRID, np.full(GRID.shape_kji, value, np.float32), Quantity.SUV_BW)
    kind = DerivedKind.DENOISED
    return DerivedImage(new_lesion_id(), kind, title, volume, None, {}, Provenance({}, {}))


def derive(desk: Desk, image: DerivedImage) -> None:
    desk.session.derived.run(image.title, lambda context: image)
    desk.run_until(lambda: image in desk.session.derived.images)


def ball_study() -> Study:
    index = np.moveaxis(np.indices(BALL_GRID.shape_kji), 0, -1)
    suv = np.ones(BALL_GRID.shape_kji, np.float32)
    suv[np.linalg.norm(index - (10, 8, 8), axis=-1) <= 3.0] = 8.0
    suv[np.linalg.norm(index - (8, 17, 17), axis=-1) <= 1.5] = 5.0
    pet = Volume(BALL_GRID, suv, Quantity.SUV_BW, "1.2")
    return Study(Patient(), "", "", (), Choice(None, None, ""), pet, None, None, True)


def ball_analysis(study: Study) -> LesionAnalysis:
    assert study.pet is not None
    labels = np.zeros(BALL_GRID.shape_kji, np.uint16)
    labels[study.pet.array == 8.0], labels[study.pet.array == 5.0] = 1, 2
    table = tuple(Lesion(f"id{n}", n, f"L{n}") for n in (1, 2))
    segmentation = Segmentation("s", BALL_GRID, Labelmap.from_array(labels), table)
    values = measure(study.pet, segmentation)
    return LesionAnalysis(segmentation, values, None, None, Provenance({}, {}))


def grown(segmentation: Segmentation) -> Patch:
    """Return an edit that gives one more voxel to the first lesion."""
    index = np.array([np.flatnonzero(segmentation.labels.dense().reshape(-1) == 0)[0]])
    table = segmentation.lesions
    old, new = np.zeros(1, np.uint16), np.ones(1, np.uint16)
    return Patch(index, old, new, table, table)


def ct_of(study: Study, frame: str | None) -> Volume:
    assert study.pet is not None
    affine = study.pet.grid.affine_lps_mm.copy()
    affine[:3, 3] += (3.0, -4.0, 6.0)
    shape = study.pet.grid.shape_kji
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    return Volume(ImageGrid(shape, affine, frame), array, Quantity.HU, "9.8.8", "CT")


def study_with_ct(frame: str | None = "1.2.3.4") -> tuple[Study, LesionAnalysis]:
    study, analysis = make(None, "oblique")
    said: tuple[str, ...] = ()
    if frame != "1.2.3.4":
        said = ("PET and CT have different frames of reference: they are not aligned.",)
    study = replace(
        study, ct=ct_of(study, frame), aligned=not said, warnings=(*said, *study.warnings)
    )
    return study, analysis


def by_hand(study: Study, motion: RigidMotion = MOVED, role: str = "CT") -> RigidAlignment:
    start = start_alignment(study, role)
    return replace(start, matrix_lps_mm=motion_matrix(motion, start.pivot_lps_mm))
