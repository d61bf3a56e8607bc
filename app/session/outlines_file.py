"""Outlines from a file as a result that the session can show: read and measured on a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.study.study import Study
from app.io.write.documents.study import study_provenance

#: So many outlines that are not shown are named.
_NAMED = 10


def analysis_of_file(study: Study, path: Path, context: JobContext) -> LesionAnalysis:
    """Read outlines onto a study's PET and measure them.

    A result holds one outline a voxel: of outlines that overlap only those of the first layer are
    in it, whole, and the others are named. What the reader said is in the provenance's warnings.

    Raises
    ------
    InputError
        If there is no PET, or the outlines cannot be read; see `read_outlines`.
    QuantityError
        If the PET does not hold SUV.
    """
    from app.io.outlines.masks import WHOLE, read_outlines

    if study.pet is None:
        raise InputError("There is no PET to lay outlines on.", "Open a study that holds one.")
    context.progress(0.0, "Reading the outlines")
    outlines = read_outlines(path, study.pet, study.images.values())
    context.progress(0.5, "Measuring")
    shown, *others = outlines.layers
    notes = [*outlines.notes]
    hidden = [_number(x, layer.source) for layer in others for x in layer.lesions]
    if hidden:
        # Here totals are of what is shown: the reader's words on all outlines do not hold.
        notes = [hidden_sentence(hidden), *(x.removesuffix(f" {WHOLE}") for x in notes)]
    stated = replace(study_provenance(study), warnings=tuple(notes))
    return LesionAnalysis(shown, measure(study.pet, shown), None, None, stated)


def _number(lesion: Lesion, file: str) -> str:
    """Return what an outline is called by its number in the file: no word of a person."""
    return lesion.source.removeprefix(f"{file}, ").partition(". ")[0]


def hidden_sentence(hidden: Sequence[str]) -> str:
    """Say which outlines are not shown because others hold voxels of them."""
    one = len(hidden) == 1
    noun = "1 outline overlaps" if one else f"{len(hidden)} outlines overlap"
    titles = [*hidden[:_NAMED], *(["\u2026"] if len(hidden) > _NAMED else [])]
    return (
        f"{noun} others and {'is' if one else 'are'} not shown ({', '.join(titles)}): neither in "
        "the table nor in the totals. The command \u201cuptake measure\u201d measures each whole."
    )
