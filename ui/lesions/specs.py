"""Actions on lesions: finding, judging, explaining and recovering them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ui.actions.plan import GO_TO, MAPS
from ui.actions.situation import Situation, with_result
from ui.actions.spec import ActionSpec


@dataclass(frozen=True)
class LesionState:
    """What the lesions add to the situation: ids of the chosen ones, and whether a search runs."""

    chosen: tuple[str, ...] = ()
    searching: bool = False


@dataclass(frozen=True)
class SaliencyState:
    """Whether there is a saliency map that explains a present outline."""

    current: bool = False


@dataclass(frozen=True)
class RecoveryState:
    """Whether a recovery runs."""

    running: bool = False


def with_lesion(situation: Situation) -> bool:
    """Whether a lesion is chosen."""
    return situation.analysis is not None and bool(situation.of(LesionState).chosen)


def with_uncertainty(situation: Situation) -> bool:
    """Whether the search left a map of its uncertainty."""
    return situation.analysis is not None and situation.analysis.uncertainty is not None


def can_find(situation: Situation) -> bool:
    """Whether a search can begin."""
    return situation.has_suv and not situation.of(LesionState).searching


def can_read(situation: Situation) -> bool:
    """Whether outlines can be laid on the PET and measured."""
    return situation.has_suv


def with_saliency(situation: Situation) -> bool:
    """Whether there is a saliency map that holds."""
    return situation.of(SaliencyState).current


def why_not_recover(situation: Situation) -> str:
    """Say why nothing can be recovered now, or return an empty text."""
    analysis = situation.analysis
    if analysis is None or not analysis.biomarkers:
        return _tr("There are no lesions yet. Find lesions first.")
    if situation.of(RecoveryState).running:
        return _tr("It runs already; the bar below shows how far it is.")
    if analysis.is_stale:
        return _tr("The outlines changed and are not measured anew yet.")
    return ""


def _tr(words: str) -> str:
    return QCoreApplication.translate("lesions", words)


LESION_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_outlines",
        "File",
        "Open outlines…",
        "Read outlines onto the PET from a DICOM SEG, an RTSTRUCT or a NIfTI labelmap",
        icon="files",
        section="open",
        when=can_read,
    ),
    ActionSpec(
        "export",
        "File",
        "Export…",
        "Write tables, outlines and the uncertainty map to a folder",
        keys=("Ctrl+E",),
        icon="export",
        section="export",
        when=with_result,
    ),
    ActionSpec(
        "uncertainty",
        "View",
        "Uncertainty map",
        "Lay the model's voxel-wise uncertainty over the panes",
        keys=("U",),
        icon="uncertainty",
        checkable=True,
        section="maps",
        submenu=MAPS,
        when=with_uncertainty,
    ),
    ActionSpec(
        "accept",
        "Tools",
        "Accept lesion",
        "Accept the chosen lesions; they count in the totals",
        keys=("A",),
        icon="accept",
        section="judge",
        when=with_lesion,
    ),
    ActionSpec(
        "reject",
        "Tools",
        "Reject lesion",
        "Reject the chosen lesions; they leave the totals",
        keys=("R",),
        icon="reject",
        section="judge",
        when=with_lesion,
    ),
    ActionSpec(
        "physiological",
        "Tools",
        "Mark as physiological",
        "Mark the chosen lesions as physiological uptake; they leave the totals",
        keys=(
            "Y",
            "H",
        ),
        icon="physiological",
        section="judge",
        when=with_lesion,
    ),
    ActionSpec(
        "candidate",
        "Tools",
        "Back to candidate",
        "Take the judgement back; it counts again",
        keys=("C",),
        icon="candidate",
        section="judge",
        when=with_lesion,
    ),
    ActionSpec(
        "next_lesion",
        "Tools",
        "Next lesion",
        "Go to the next lesion of the table",
        keys=("N",),
        icon="next",
        section="step",
        when=with_result,
    ),
    ActionSpec(
        "previous_lesion",
        "Tools",
        "Previous lesion",
        "Go to the lesion before",
        keys=("P",),
        icon="previous",
        section="step",
        when=with_result,
    ),
    ActionSpec(
        "look_first",
        "Tools",
        "Look at these first",
        "Sort the lesions by uncertainty, the least certain on top",
        keys=("L",),
        icon="look-first",
        section="step",
        when=with_result,
    ),
    ActionSpec(
        "find",
        "Models",
        "Find lesions",
        "Let the network look for lesions; it runs in the background and can be cancelled",
        keys=("F",),
        icon="find",
        section="find",
        when=can_find,
    ),
    ActionSpec(
        "go_lesions",
        "View",
        "Go to the lesions",
        "Give the keyboard to the lesions; they are shown if they are hidden",
        keys=("Ctrl+4",),
        section="go",
        submenu=GO_TO,
    ),
)

SALIENCY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "saliency",
        "View",
        "Saliency map",
        "Lay the map of what moved a lesion's score over panes and MIP",
        keys=("S",),
        icon="saliency",
        checkable=True,
        section="maps",
        submenu=MAPS,
        when=with_saliency,
    ),
)

RECOVERY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "recover",
        "Tools",
        "Recover partial volume…",
        "Estimate SUVmean and SUVmax without the scanner's blur, beside the measured values",
        keys=("Ctrl+R",),
        icon="recover",
        section="values",
        why_not=why_not_recover,
    ),
)
