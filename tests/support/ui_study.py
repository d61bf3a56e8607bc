"""A small study and result in memory, and the hands of a reader at a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers, Value
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import measure
from app.core.lesions.saliency import SaliencyMap, SaliencyMethod
from app.core.lesions.segmentation import Segmentation
from app.core.models.card import ModelCard, ModelInput
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance, SuvScale
from app.core.study.study import Choice, Patient, SeriesInfo, Study
from app.session.session import Session
from ui.display.panel import DisplayPanel
from ui.frame.capability import Capability
from ui.keys.keymap import key_entries, shown
from ui.keys.sheet import sections
from ui.lesions.capability import lesions
from ui.lesions.controller import Work
from ui.lesions.model import COLUMNS
from ui.lesions.panel import LesionsPanel
from ui.studies.panel import StudiesPanel
from ui.window.capabilities import CAPABILITIES, all_actions, whole_sheet
from ui.window.main_window import MainWindow
from viewers.scene.model import SceneModel

FRAME = "1.2.826.0.1.3680043.8.498.1"
#: Centre [k, j, i] on the PET grid, radius in voxels, SUV; physiological uptake last.
SPOTS = (((20, 24, 20), 3.0, 9.0), ((12, 20, 28), 2.0, 6.0), ((28, 28, 26), 4.0, 12.0))
#: Place of each column of the lesion table by its key.
COLUMN = {column.key: place for place, column in enumerate(COLUMNS)}


def _spot(grid: ImageGrid, centre: tuple[int, int, int], radius: float) -> npt.NDArray[np.bool_]:
    index = np.indices(grid.shape_kji).reshape(3, -1).T
    inside: npt.NDArray[np.bool_] = np.linalg.norm(index - np.array(centre), axis=1) <= radius
    return inside.reshape(grid.shape_kji)


def make_study(**changes: object) -> Study:
    """Make a study: a PET of 4 mm voxels with three hot spots, a CT of 2 mm voxels."""
    pet_grid = ImageGrid.from_spacing((40, 48, 48), (4.0, 4.0, 4.0), (-96.0, -96.0, 0.0), FRAME)
    ct_grid = ImageGrid.from_spacing((40, 96, 96), (4.0, 2.0, 2.0), (-96.0, -96.0, 0.0), FRAME)
    suv = np.ones(pet_grid.shape_kji, np.float32)
    for centre, radius, height in SPOTS:
        suv[_spot(pet_grid, centre, radius)] = height
    series = (
        SeriesInfo(
            "1.1", "1", "PT", "WB PET AC", 40, "PET AC", frame_of_reference_uid=FRAME, tracer="FDG"
        ),
        SeriesInfo("1.2", "1", "CT", "WB CT", 40, "CT", frame_of_reference_uid=FRAME),
        SeriesInfo("1.3", "1", "PT", "WB PET NAC", 40, "PET NAC"),
    )
    scale = SuvScale(
        "SUVbw",
        0.00042,
        "BQML, START: dose decayed to scan start",
        {"PatientWeight": 70.0, "RadionuclideTotalDose": 3.7e8},
    )
    study = Study(
        patient=Patient("Doe^Jane", "A-1", "F", "19700131", 70.0, 1.7),
        description="Whole body FDG",
        date="20200102",
        series=series,
        choice=Choice("1.1", "1.2", "The only attenuation-corrected PET and its CT."),
        pet=Volume(pet_grid, suv, Quantity.SUV_BW, "1.1"),
        ct=Volume(ct_grid, np.zeros(ct_grid.shape_kji, np.int16), Quantity.HU, "1.2"),
        suv=scale,
        aligned=True,
    )
    return replace(study, **changes)  # type: ignore[arg-type]


def make_analysis(study: Study) -> LesionAnalysis:
    """Outline the three spots, with intervals; the third is judged physiological."""
    assert study.pet is not None
    grid = study.pet.grid
    labels = np.zeros(grid.shape_kji, np.uint16)
    statuses = (LesionStatus.CANDIDATE, LesionStatus.CANDIDATE, LesionStatus.PHYSIOLOGICAL)
    lesions = []
    for n, ((centre, radius, _), status) in enumerate(zip(SPOTS, statuses, strict=True), start=1):
        labels[_spot(grid, centre, radius)] = n
        lesions.append(Lesion(f"id{n}", n, f"L{n}", status, "test", 1.0 - 0.3 * n, 0.1 * n))
    segmentation = Segmentation("seg", grid, Labelmap.from_array(labels), tuple(lesions))
    values = {k: _with_intervals(b) for k, b in measure(study.pet, segmentation).items()}
    entropy = np.zeros(grid.shape_kji, np.float32)
    entropy[labels > 0] = 0.5
    provenance = Provenance({"Uptake": "0"}, {}, study.suv, "test-model", "1.0", samples=8)
    return LesionAnalysis(
        segmentation, values, None, Volume(grid, entropy, Quantity.ENTROPY), provenance
    )


def make_card(task: str, **changes: object) -> ModelCard:
    """Make the card of a package that is not there."""
    modality = "MR" if task == "synthetic-ct" else "PT"
    card = ModelCard(
        id=f"test-{task}",
        name=f"Test {task}",
        version="1.0",
        task=task,
        summary=f"Does {task}.",
        inputs=(ModelInput(modality, "any", "any"),),
        outputs=("image",),
        spacing_mm=2.0,
        weights_file="weights.safetensors",
        weights_sha256="",
        licence="Apache-2.0",
        intended_use="Tests.",
        not_for="Anything else.",
        limits=(),
        network={},
        training={},
        metrics={},
    )
    return replace(card, **changes)  # type: ignore[arg-type]


def make_denoised(study: Study, factor: float = 0.9, **changes: object) -> DerivedImage:
    """Make a derived PET: the original times a factor."""
    assert study.pet is not None
    volume = replace(study.pet, array=study.pet.array * np.float32(factor))
    image = DerivedImage(
        f"d{factor}",
        DerivedKind.DENOISED,
        f"Denoised (x {factor})",
        volume,
        None,
        {"PET": "1.1"},
        Provenance({"Uptake": "0"}, {}, study.suv, "test-denoise-pet", "1.0"),
    )
    return replace(image, **changes)  # type: ignore[arg-type]


def make_saliency(analysis: LesionAnalysis, lesion_id: str = "id1") -> SaliencyMap:
    """Make a map that explains a lesion by its own voxels."""
    segmentation = analysis.segmentation
    label = segmentation.lesion(lesion_id).label
    array = (segmentation.labels.dense() == label).astype(np.float32)
    return SaliencyMap(
        lesion_id,
        segmentation.id,
        segmentation.revision,
        SaliencyMethod.GRAD_CAM,
        Volume(segmentation.grid, array, Quantity.OTHER),
        0.83,
        "test-score",
    )


def _with_intervals(values: Biomarkers) -> Biomarkers:
    def widen(value: Value) -> Value:
        samples = tuple(value.value * x for x in (0.8, 0.9, 1.0, 1.1, 1.2))
        low, high = np.percentile(samples, (5, 95))
        return replace(value, interval=(float(low), float(high)), samples=samples)

    drawn = ("mtv_ml", "suv_mean", "tlg")
    new = {k: widen(v) if k in drawn else v for k, v in values.values.items()}
    return replace(values, values=new)


Found = TypeVar("Found")


@dataclass
class Desk:
    """A window under test, with the hands of its reader."""

    window: MainWindow
    session: Session
    qtbot: QtBot

    def controller(self, kind: type[Found]) -> Found:
        """Return a controller of the window."""
        return self.window.controller(kind)

    @property
    def scene(self) -> SceneModel:
        """What the panes show, whether they are there or not."""
        return self.window.frame.scene

    @property
    def studies(self) -> StudiesPanel:
        """The panel of studies."""
        return self.window.panel(StudiesPanel)

    @property
    def display(self) -> DisplayPanel:
        """The panel of display settings."""
        return self.window.panel(DisplayPanel)

    @property
    def lesions(self) -> LesionsPanel:
        """The panel of lesions."""
        return self.window.panel(LesionsPanel)

    def set_layout(self, name: str) -> None:
        """Show a layout by name."""
        self.scene.layouts.set_layout(name)

    def open(self, study: Study | None = None) -> Study:
        """Show a study from memory."""
        study = make_study() if study is None else study
        self.session.studies.show(study)
        self.wait_idle()
        return study

    def trigger(self, name: str) -> None:
        """Do an action of the menus."""
        action = self.window.actions_[name]
        assert action.isEnabled(), f"{name} is not enabled"
        action.trigger()

    def activate(self) -> None:
        """Give the window the keyboard."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def find(self) -> None:
        """Find lesions and wait for them."""
        self.trigger("find")
        self.qtbot.waitUntil(lambda: self.session.analysis is not None, timeout=5000)

    def wait_idle(self) -> None:
        """Wait until no job is left."""
        self.qtbot.waitUntil(lambda: not self.session.jobs.reports, timeout=20000)

    def messages(self) -> list[str]:
        """Sentences of the banners in view."""
        return [b.sentence for b in self.window.holder.banners.shown]

    def cells(self, row: int) -> list[str]:
        """Texts of a row as shown, in the table's present order."""
        proxy = self.lesions.proxy
        return [str(proxy.index(row, n).data() or "") for n in range(proxy.columnCount())]


def with_search(search: Callable[[Study], Work]) -> tuple[Capability, ...]:
    """Return the window's capabilities with another search for lesions."""
    other = lesions(search)
    return tuple(other if x.name == other.name else x for x in CAPABILITIES)


def add_derived(desk: Desk, image: DerivedImage) -> None:
    """Let an image be made at once, and wait for what is measured on it."""
    desk.session.derived.run(image.title, lambda _context: image)
    desk.qtbot.waitUntil(lambda: image in desk.session.derived.images, timeout=5000)
    desk.wait_idle()


def quick_search(study: Study) -> Callable[[JobContext], LesionAnalysis]:
    """Return a search that is done at once."""

    def work(context: JobContext) -> LesionAnalysis:
        context.progress(0.5, "Looking")
        return make_analysis(study)

    return work


def endless_search(_study: Study) -> Callable[[JobContext], LesionAnalysis]:
    """Return a search that ends only when cancelled."""

    def work(context: JobContext) -> LesionAnalysis:
        while True:
            context.progress(0.3, "Window 3 of 10")
            time.sleep(0.005)

    return work


def written_sheet() -> str:
    """Return the sheet of shortcuts with the usual keys, as text."""
    entries = key_entries(all_actions())
    found = sections(lambda entry: shown(entry.defaults), entries, whole_sheet())
    return "\n".join(f"{x.title}\n" + "\n".join(f"{k}: {d}" for k, d in x.rows) for x in found)
