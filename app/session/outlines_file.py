"""Outlines from a file as a result that the session can show: read and measured on a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.measure import measure
from app.core.study.study import Study
from app.io.write.documents.study import study_provenance


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
    from app.io.outlines.masks import read_outlines

    if study.pet is None:
        raise InputError("There is no PET to lay outlines on.", "Open a study that holds one.")
    context.progress(0.0, "Reading the outlines")
    outlines = read_outlines(path, study.pet, study.images.values())
    context.progress(0.5, "Measuring")
    shown, *others = outlines.layers
    notes = [*outlines.notes]
    hidden = sum(len(x.lesions) for x in others)
    if hidden:
        notes.insert(0, hidden_sentence(hidden))
    stated = replace(study_provenance(study), warnings=tuple(notes))
    return LesionAnalysis(shown, measure(study.pet, shown), None, None, stated)


def hidden_sentence(count: int) -> str:
    """Say how many outlines are not shown because others hold voxels of them."""
    noun = (
        "1 outline overlaps others and is"
        if count == 1
        else f"{count} outlines overlap others and are"
    )
    return f"{noun} not shown; the command \u201cuptake measure\u201d measures each whole."
