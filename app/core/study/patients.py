"""Whether two studies are of one patient: what decides if they may stand side by side unmarked."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from app.core.study.person_name import comparable_name
from app.core.study.study import Patient, Study


class SamePatient(StrEnum):
    """What the headers say about two studies."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def same_patient(a: Patient, b: Patient) -> SamePatient:
    """Compare id, name and birth date; what is not stated says nothing.

    Two ids that differ mean two patients, unless name and birth date are stated and equal (one
    patient in two hospitals): then it is unknown. Two equal ids mean one patient, unless a name
    or a birth date contradicts.

    Examples
    --------
    >>> same_patient(Patient("Doe^Jane", "1"), Patient("DOE^JANE", "1"))
    <SamePatient.YES: 'yes'>
    >>> same_patient(Patient("Doe^Jane", "1"), Patient("Roe^Rita", "1"))
    <SamePatient.NO: 'no'>
    """
    name = _agree(comparable_name(a.name), comparable_name(b.name))
    born = _agree(a.birth_date.strip(), b.birth_date.strip())
    number = _agree(a.id.strip(), b.id.strip())
    if number is False:
        return SamePatient.UNKNOWN if name and born else SamePatient.NO
    if name is False or born is False:
        return SamePatient.NO
    known = number or (name and born)
    return SamePatient.YES if known else SamePatient.UNKNOWN


def prior_of(study: Study, others: Iterable[Study]) -> Study | None:
    """Return the study to compare with: of this patient, the last before, or the first after.

    ``None`` where no other study is known to be of this patient.
    """
    mine = [
        x
        for x in others
        if x is not study and same_patient(study.patient, x.patient) is SamePatient.YES
    ]
    before = [x for x in mine if x.date <= study.date]
    if before:
        return max(before, key=lambda x: x.date)
    return min(mine, key=lambda x: x.date, default=None)


def _agree(a: str, b: str) -> bool | None:
    return a == b if a and b else None
