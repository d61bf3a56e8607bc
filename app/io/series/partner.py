"""Whether a CT or an MR belongs to a PET: patient, day, study, frame of reference, place.

What is certain is taken, what is not is named and left to the reader; patients are never mixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.study.patients import SamePatient, same_patient
from app.core.study.person_name import comparable_name
from app.core.study.study import Patient
from app.core.suv.body import height_of, weight_of
from app.io.dicom.header import number, text
from app.io.series.series import Candidate, shown

#: What the reader can do with what is not taken.
_BY_HAND = "It can be shown in a pane of its own, or named with --ct."


@dataclass(frozen=True)
class Relation:
    """Whether an image is read with a PET unasked.

    ``note`` is what is to be said where it is, or why it is not; empty where that goes without
    saying.
    """

    taken: bool
    note: str = ""


def patient_of(candidate: Candidate) -> Patient:
    """Read who was examined from a header."""
    header = candidate.scanned.header
    weight = weight_of(number(header, 0x00101030))
    height = height_of(number(header, 0x00101020), None if weight is None else weight.value)
    return Patient(
        name=shown(header, "PatientName"),
        id=text(header, 0x00100020),
        sex=text(header, 0x00100040),
        birth_date=text(header, 0x00100030),
        weight_kg=None if weight is None else weight.value,
        height_m=None if height is None else height.value,
    )


def persons(one: Candidate, other: Candidate) -> SamePatient:
    """Compare the patients of two series; ids that differ in case or blanks are one."""
    a, b = patient_of(one), patient_of(other)
    return same_patient(replace(a, id=_plain(a.id)), replace(b, id=_plain(b.id)))


def is_sure(one: Candidate, other: Candidate) -> bool:
    """Whether two series are certainly of one patient.

    A study belongs to one patient: within it silence contradicts nothing, nor does a name or a
    birth date alone that was typed in otherwise, where id and frame of reference are the same.
    """
    known = persons(one, other)
    if known is SamePatient.UNKNOWN:
        return not _ids_differ(one, other) and _same_study(one, other)
    return known is SamePatient.YES or _typed_otherwise(one, other)


def relation_of(pet: Candidate, ct: Candidate) -> Relation:
    """Judge whether a CT is read with a PET."""
    if not is_sure(pet, ct):
        return _of_another(pet, ct)
    spelled = _spelling(pet, ct)
    if _same_study(pet, ct):
        return Relation(True, spelled)
    near = same_frame(pet, ct) and overlaps(pet, ct)
    day = _same_day(pet, ct)
    apart = not same_frame(pet, ct) and _states_frame(pet, ct)
    if day is not False and near:
        when = "patient and day" if day else "patient (a day is not stated)"
        said = f"The CT lies in another study of the same {when}, in the PET's frame of reference."
        return Relation(True, f"{said} {spelled}".strip())
    if day and apart:
        said = "The CT lies in another study of the same patient and day."
        return Relation(True, f"{said} {spelled}".strip())
    when = {True: " of the same day", False: " of another day", None: ""}[day]
    said = f"A CT of the same patient lies in another study{when}"
    return Relation(False, f"{said}; it is not read with this PET. {_BY_HAND}")


def _of_another(pet: Candidate, ct: Candidate) -> Relation:
    """Say why a CT is not certainly of the PET's patient, where it seems to belong to the PET."""
    close = _same_study(pet, ct) or same_frame(pet, ct)
    known = persons(pet, ct)
    if known is SamePatient.NO:
        said = "A CT beside the PET is of another patient by its header: patients are never mixed."
        return Relation(False, said if close else "")
    why = "the patient IDs differ" if _ids_differ(pet, ct) else "a header does not say whose it is"
    if not close and known is SamePatient.UNKNOWN and not _ids_differ(pet, ct):
        return Relation(False)
    said = f"A CT is not certain to be of the PET's patient ({why}) and is not read. {_BY_HAND}"
    return Relation(False, said)


def _plain(patient_id: str) -> str:
    return "".join(patient_id.split()).casefold()


def _ids_differ(one: Candidate, other: Candidate) -> bool:
    a, b = (_plain(patient_of(x).id) for x in (one, other))
    return bool(a and b and a != b)


def _typed_otherwise(one: Candidate, other: Candidate) -> bool:
    """Whether only the name, or only the birth date, differs in one study and frame."""
    a, b = patient_of(one), patient_of(other)
    same_id = bool(_plain(a.id)) and _plain(a.id) == _plain(b.id)
    here = same_id and _same_study(one, other) and same_frame(one, other)
    alike = a.birth_date == b.birth_date or comparable_name(a.name) == comparable_name(b.name)
    return here and alike


def _spelling(one: Candidate, other: Candidate) -> str:
    """Say what headers of one patient spell differently."""
    a, b = patient_of(one), patient_of(other)
    if persons(one, other) is SamePatient.NO:
        return "PET and CT state another name or birth date for one patient ID."
    if not a.id or not b.id or a.id == b.id:
        return ""
    return "The patient IDs of PET and CT differ in capitals or blanks only and are taken as one."


def _same_study(one: Candidate, other: Candidate) -> bool:
    return one.info.study_uid == other.info.study_uid


def same_frame(one: Candidate, other: Candidate) -> bool:
    """Whether two series state one frame of reference."""
    frame = one.info.frame_of_reference_uid
    return frame is not None and frame == other.info.frame_of_reference_uid


def _states_frame(*candidates: Candidate) -> bool:
    return any(x.info.frame_of_reference_uid for x in candidates)


def overlaps(one: Candidate, other: Candidate) -> bool:
    """Whether two series overlap in space."""
    if one.stack is None or other.stack is None:
        return False
    return one.stack.grid.overlaps(other.stack.grid)


def _same_day(one: Candidate, other: Candidate) -> bool | None:
    """Whether two series are of one day; ``None`` where one of them states none."""
    a, b = ({x.info.date, str(x.info.headers.get("StudyDate") or "")} - {""} for x in (one, other))
    return bool(a & b) if a and b else None
