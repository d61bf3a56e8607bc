"""Actions on studies: opening and closing, several at once, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass

from ui.actions.plan import GO_TO
from ui.actions.situation import Situation, with_pet, with_study
from ui.actions.spec import ActionSpec

STUDIES = "Several studies"


@dataclass(frozen=True)
class StudyState:
    """What the studies add to the situation: whether folders are remembered."""

    recent: bool = False


def with_several(situation: Situation) -> bool:
    """Whether there is another open study."""
    return len(situation.studies) > 1


def with_comparison(situation: Situation) -> bool:
    """Whether another study is compared."""
    return situation.comparison is not None


def with_recent(situation: Situation) -> bool:
    """Whether folders are remembered."""
    return situation.of(StudyState).recent


def with_doubts(situation: Situation) -> bool:
    """Whether something is said of the study's SUV."""
    return situation.study is not None and bool(situation.study.suv_doubts)


STUDY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_folder",
        "File",
        "Open folder…",
        "Open a folder of DICOM or NIfTI files; it is searched deep",
        keys=("Ctrl+O",),
        icon="folder",
        section="open",
    ),
    ActionSpec(
        "open_files",
        "File",
        "Open files…",
        "Open single DICOM or NIfTI files",
        keys=("Ctrl+Shift+O",),
        icon="files",
        section="open",
    ),
    ActionSpec(
        "sample",
        "File",
        "Sample study",
        "Open the sample study: a simulated whole-body FDG PET/CT with ten known lesions",
        keys=("Ctrl+Shift+S",),
        icon="sample",
        section="open",
    ),
    ActionSpec(
        "close_study",
        "File",
        "Close study",
        "Close the open study",
        keys=("Ctrl+W",),
        section="close",
        when=with_study,
    ),
    ActionSpec(
        "provenance",
        "Tools",
        "Where the numbers come from…",
        "Every header value behind the SUV, the rule, the model and its weights",
        keys=("Ctrl+I",),
        icon="info",
        section="numbers",
        when=with_study,
    ),
    ActionSpec(
        "doubts",
        "Tools",
        "What the numbers rest on…",
        "Say why the SUV of this study is in doubt, sentence by sentence",
        icon="warning",
        section="numbers",
        when=with_doubts,
    ),
    ActionSpec(
        "headers",
        "Tools",
        "Type in weight and dose…",
        "Give the values for the SUV that the headers lack or state wrongly",
        keys=("Ctrl+H",),
        icon="header",
        section="numbers",
        when=with_pet,
    ),
    ActionSpec(
        "go_studies",
        "View",
        "Go to the studies",
        "Give the keyboard to the studies; they are shown if they are hidden",
        keys=("Ctrl+2",),
        section="go",
        submenu=GO_TO,
    ),
)

COMPARE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "compare",
        "View",
        "Compare with another study",
        "Show the active study above and its prior study below; once more goes back",
        keys=("Ctrl+D",),
        icon="compare",
        section="studies",
        submenu=STUDIES,
        when=with_several,
    ),
    ActionSpec(
        "swap_studies",
        "View",
        "Swap the compared studies",
        "Make the comparison the active study, and the active one the comparison",
        keys=("Shift+X",),
        section="studies",
        submenu=STUDIES,
        when=with_comparison,
    ),
    ActionSpec(
        "link_studies",
        "View",
        "Link the compared studies",
        "Let the comparison follow crosshair, zoom and pan of the active study",
        keys=("Shift+L",),
        icon="link",
        checkable=True,
        section="studies",
        submenu=STUDIES,
        when=with_comparison,
    ),
    ActionSpec(
        "link_here",
        "View",
        "Link here",
        "Link the two crosshairs at their present positions; unlink first to move them apart",
        keys=("Ctrl+L",),
        section="studies",
        submenu=STUDIES,
        when=with_comparison,
    ),
    ActionSpec(
        "usual_series",
        "View",
        "Usual series in all panes",
        "Take back what was dragged to panes",
        keys=("Ctrl+Backspace",),
        section="studies",
        submenu=STUDIES,
        when=with_study,
    ),
    ActionSpec(
        "next_study",
        "View",
        "Next open study",
        "Make the next open study the active one",
        keys=("Ctrl+PgDown",),
        section="studies",
        submenu=STUDIES,
        when=with_several,
    ),
    ActionSpec(
        "previous_study",
        "View",
        "Previous open study",
        "Make the open study before the active one",
        keys=("Ctrl+PgUp",),
        section="studies",
        submenu=STUDIES,
        when=with_several,
    ),
    ActionSpec(
        "clear_recent",
        "Recent",
        "Clear recent studies",
        "Forget which folders were opened",
        when=with_recent,
    ),
)
