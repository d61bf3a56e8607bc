"""Words on the panes in the reader's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from viewers.scene.fitting import Reason

#: What is written by name; what a study says of itself is not translated. ``lupdate`` is given
#: this list by ``packaging/translations.py``.
WORDS: tuple[str, ...] = (
    *("axial", "coronal", "sagittal", "Fused", "Original {0}", "Orig. {0}"),
    *("Difference", "Diff.", "Deviation", "SD"),
    *("No study is open", "No CT", "No PET", "Not fused", "Not shown"),
    *("No derived image", "No deviation", "No difference"),
    *("No MR", "3D", "Nothing to show in 3D", "No 3D view", "No comparison study"),
    *("SUV in doubt", "Values in doubt", "No SUV", "1 note", "{0} notes"),
    "Open a folder with PET and CT, drop one here, or open the sample study.",
    "This study has no CT that belongs to the PET.",
    "This study has no attenuation-corrected PET.",
    "This study has no T1-weighted MR.",
    "Choose one in the Studies panel; its pictures then stand here.",
    "Only the active study is shown in 3D.",
    "Making the surfaces of body and lesions …",
    "A body is made from CT or PET; this study has neither.",
    "Projecting the PET from all sides …",
    "Choose what to make in the Models menu.",
    "Comparing the derived image with the original …",
    "The derived image has another frame of reference than the study.",
    "This image was made without samples of the network's answer.",
    "PET and CT do not overlap in space: not fused.",
    "PET and CT have different frames of reference: not fused.",
    "A fused picture needs PET and CT; the CT is missing.",
    "A fused picture needs PET and CT; the PET is missing.",
    "This study has no CT to compare with.",
    "This study has no PET to compare with.",
)


def pane_word(word: str) -> str:
    """Return a word or sentence of the panes in the reader's language."""
    return QCoreApplication.translate("panes", word)


def in_words(reason: Reason) -> str:
    """Say in the reader's language why a pane cannot show a series."""
    words = (QCoreApplication.translate("fitting", x) for x in reason.words)
    return QCoreApplication.translate("fitting", reason.sentence).format(*words)
