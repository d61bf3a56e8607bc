"""A study without words of a person, and sentences without words of a header.

Pictures, tables and documents leave out name, id, dates and series descriptions (free text, which
may repeat them) unless a reader asks for them.
"""

from __future__ import annotations

from dataclasses import replace

from app.core.space.volume import Volume
from app.core.study.patients import SamePatient, same_patient
from app.core.study.study import Patient, SeriesInfo, Study
from app.core.study.tracers import known_tracer

#: Shorter words, where nothing marks them as quoted, are as well words of our own.
_LONG = 6


def without_words(study: Study) -> Study:
    """Return the study without name, id, dates and descriptions; series keep roles and numbers.

    What says nothing of a person stays: sex, weight, images, how they were chosen and read.
    """
    patient = study.patient
    choice = replace(
        study.choice,
        why=unquoted(study, study.choice.why),
        warnings=tuple(unquoted(study, x) for x in study.choice.warnings),
    )
    return replace(
        study,
        patient=Patient(sex=patient.sex, weight_kg=patient.weight_kg, height_m=patient.height_m),
        description="",
        date="",
        source="",
        series=tuple(_unnamed_series(study, x) for x in study.series),
        choice=choice,
        warnings=tuple(unquoted(study, x) for x in study.warnings),
        refused=(),
        pet=_unnamed(study.pet),
        ct=_unnamed(study.ct),
        mr=_unnamed(study.mr),
        others={key: replace(x, description="") for key, x in study.others.items()},
    )


def both_without_words(study: Study, other: Study) -> tuple[Study, Study]:
    """Return two studies without words, of which is still known whether they are of one patient."""
    same = same_patient(study.patient, other.patient)
    names = {
        SamePatient.YES: ("Patient A", "Patient A"),
        SamePatient.NO: ("Patient A", "Patient B"),
        SamePatient.UNKNOWN: ("", ""),
    }[same]
    found = [
        replace(made, patient=replace(made.patient, id=name))
        for made, name in zip((without_words(study), without_words(other)), names, strict=True)
    ]
    return found[0], found[1]


def unquoted(study: Study, sentence: str) -> str:
    """Return a sentence in which series stand by number in place of their descriptions.

    Examples
    --------
    With a series 3 that is described as ``WB AC``, ``PET “WB AC”: 120 images`` becomes
    ``PET series 3: 120 images``.
    """
    for words, mark in sorted(_words(study).items(), key=lambda x: -len(x[0])):
        sentence = sentence.replace(f"“{words}”", mark)
        if len(words) >= _LONG:
            sentence = sentence.replace(words, mark)
    return sentence


def _words(study: Study) -> dict[str, str]:
    """Words of headers, with what stands in their place. Names of files are none."""
    files = {x.name for series in study.series for x in series.files}
    found: dict[str, str] = {}
    for series in study.series:
        found[series.description] = "series" if series.number is None else f"series {series.number}"
    for volume in study.images.values():
        found.setdefault(volume.description, "the image")
    found.setdefault(study.description, "the study")
    for words in (study.patient.name, study.patient.id):
        found.setdefault(words, "the patient")
    return {words: mark for words, mark in found.items() if words.strip() and words not in files}


def _unnamed_series(study: Study, series: SeriesInfo) -> SeriesInfo:
    warnings = tuple(unquoted(study, x) for x in series.warnings)
    kept = {"RadiopharmaceuticalCode": series.headers.get("RadiopharmaceuticalCode")}
    return replace(
        series, description="", date="", time="", tracer=known_tracer(series), warnings=warnings,
        headers={k: v for k, v in kept.items() if v},
    )  # fmt: skip


def _unnamed(volume: Volume | None) -> Volume | None:
    return None if volume is None else replace(volume, description="")
