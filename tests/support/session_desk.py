"""A session with a plain queue in place of a window's event loop, and small things to put in it."""

from __future__ import annotations

import queue
from collections.abc import Callable

import numpy as np

from app.core.kit.jobs import JobQueue, JobReport
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers, Value
from app.core.lesions.lesion import Lesion, new_lesion_id
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study
from app.session.session import Session

GRID = ImageGrid.from_spacing((4, 5, 6), (3.0, 2.0, 2.0))


class SessionDesk:
    """A session whose events are kept, and whose workers' calls are made when the test says so."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.session = Session(JobQueue("cpu", 2), JobQueue("device"), self.calls.put)
        self.reports: list[JobReport] = []
        self.problems: list[BaseException] = []
        self.notices: list[str] = []
        self.changed: list[tuple[str, ...]] = []
        self.placements: list[Study] = []
        self.session.job_changed.connect(self.reports.append)
        self.session.problem.connect(self.problems.append)
        self.session.notice.connect(self.notices.append)
        self.session.lesions_changed.connect(self.changed.append)
        self.session.placement_changed.connect(self.placements.append)

    def run_until(self, met: Callable[[], bool]) -> None:
        while not met():
            self.calls.get(timeout=30)()

    def recover(self, fwhm_mm: float) -> None:
        assert self.session.run_recovery(fwhm_mm) is not None
        self.run_until(lambda: not self.session.jobs)

    @property
    def analysis(self) -> LesionAnalysis:
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
    segmentation = Segmentation("s", GRID, labels, lesions)
    return LesionAnalysis(segmentation, values, None, None, Provenance({}, {}))


def make_derived(title: str, value: float) -> DerivedImage:
    volume = Volume(GRID, np.full(GRID.shape_kji, value, np.float32), Quantity.SUV_BW)
    kind = DerivedKind.DENOISED
    return DerivedImage(new_lesion_id(), kind, title, volume, None, {}, Provenance({}, {}))


def find(desk: SessionDesk) -> None:
    """Run a search that is done at once."""
    desk.session.run_analysis("Find lesions", lambda context: make_analysis())
    desk.run_until(lambda: desk.session.analysis is not None)


def derive(desk: SessionDesk, image: DerivedImage) -> None:
    """Let an image be made, and wait for it."""
    desk.session.run_derived(image.title, lambda context: image)
    desk.run_until(lambda: image in desk.session.derived)
