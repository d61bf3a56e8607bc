"""Actions on derived images: looking at one, writing it, measuring on it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.study.derived import DerivedImage, DerivedKind
from ui.actions.plan import MAPS
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec


@dataclass(frozen=True)
class DerivedState:
    """Which derived image is compared with its original."""

    compared: DerivedImage | None = None


@dataclass(frozen=True)
class SourceState:
    """Whether every lesion is measured on the derived image that is compared."""

    measured: bool = False


def with_derived(situation: Situation) -> bool:
    """Whether a derived image is compared."""
    return situation.of(DerivedState).compared is not None


def why_no_deviation(situation: Situation) -> str:
    """Say why an image has no deviation to show, or return an empty text."""
    image = situation.of(DerivedState).compared
    if image is not None and image.deviation is None:
        return _tr("This image was made without samples of the network's answer.")
    return ""


def why_not_measured(situation: Situation) -> str:
    """Say why nothing else can be measured now, or return an empty text."""
    analysis, image = situation.analysis, situation.of(DerivedState).compared
    if analysis is not None and analysis.measured_image_id:
        return ""  # the way back is always open
    if analysis is None or not analysis.biomarkers:
        return _tr("There are no lesions yet. Find lesions first.")
    if image is None or image.kind is not DerivedKind.DENOISED:
        return _tr("No denoised PET is being compared. Make one in the Models menu.")
    if not situation.of(SourceState).measured:
        return _tr("The lesions are not measured on it yet.")
    return ""


def _tr(words: str) -> str:
    return QCoreApplication.translate("derived", words)


DERIVED_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "export_derived",
        "File",
        "Export derived image…",
        "Write the derived image as NIfTI and DICOM, marked as derived, to a folder",
        keys=("Ctrl+Shift+E",),
        section="export",
        when=with_derived,
    ),
    ActionSpec(
        "derived",
        "View",
        "Derived image",
        "Flicker between the original and the image that was derived from it",
        keys=("D",),
        icon="derived",
        checkable=True,
        section="maps",
        submenu=MAPS,
        when=with_derived,
    ),
    ActionSpec(
        "difference",
        "View",
        "Difference map",
        "Show derived minus original in the place of the image",
        keys=("Shift+D",),
        checkable=True,
        section="maps",
        submenu=MAPS,
        when=with_derived,
    ),
    ActionSpec(
        "deviation",
        "View",
        "Deviation map",
        "Show how unsure the network is of each voxel of the derived image (standard deviation)",
        keys=("Shift+U",),
        checkable=True,
        section="maps",
        submenu=MAPS,
        when=with_derived,
        why_not=why_no_deviation,
    ),
)

SOURCE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "measure_derived",
        "Tools",
        "Measure on the denoised PET",
        "Take the lesions' values from the denoised PET; the table and every export say so",
        keys=("Ctrl+Alt+D",),
        checkable=True,
        section="values",
        why_not=why_not_measured,
    ),
)
