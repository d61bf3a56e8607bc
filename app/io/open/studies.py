"""Open every PET study of a folder, and further series of a study when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.volume import Volume
from app.core.study.study import Study
from app.io.dicom.scan import Scan, scan
from app.io.open.study import read_candidate, study_of, without_dicom
from app.io.series.partner import relation_of
from app.io.series.series import Candidate, candidate_of, candidates_of

#: Most studies that one opening reads: each takes some hundred megabytes of memory.
MOST_STUDIES = 6


def open_studies(paths: Sequence[Path], context: JobContext | None = None) -> tuple[Study, ...]:
    """Find the PET studies below some paths and read them, the newest first.

    Where there is one, this is `app.io.open.study.open_study`. A study is what DICOM calls so:
    series of one Study Instance UID. Series of studies without a PET (an MR of another day) go
    with each, which takes only what is its patient's.

    Parameters
    ----------
    paths
        Folders (searched deep) and files.
    context
        Progress and cancel.

    Raises
    ------
    InputError
        As `app.io.open.study.open_study`, if no study can be read. A damaged one beside others
        that can be read is said in the warnings of the first.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    found = scan(paths, context.part(0.0, 0.3))
    if not found.series:
        return (without_dicom(found, paths, context.part(0.3, 1.0)),)
    candidates = candidates_of(found.series)
    groups = _by_study(candidates)
    # Chosen from all that there is, where there is one: a SPECT, or an MR without any PET.
    if len(groups) < 2:
        return (study_of(found, candidates, paths[0], context.part(0.3, 1.0)),)
    return _read_groups(found, groups, paths[0], context.part(0.3, 1.0))


def _read_groups(
    found: Scan, groups: Mapping[str, Sequence[Candidate]], source: Path, context: JobContext
) -> tuple[Study, ...]:
    studies: list[Study] = []
    notes: list[str] = []
    first_error: InputError | None = None
    taken = [*groups.items()][:MOST_STUDIES]
    for n, (uid, group) in enumerate(taken):
        part = context.part(n / len(taken), (n + 1) / len(taken))
        # What was refused belongs to the folder: it is said once.
        said = found if n == 0 else replace(found, refused=())
        try:
            studies.append(study_of(said, group, source, part, study_uid=uid))
        except InputError as error:
            first_error = first_error or error
            notes.append(f"A further study could not be opened: {error.sentence}")
    if not studies:
        assert first_error is not None
        raise first_error
    if len(groups) > MOST_STUDIES:
        notes.append(
            f"The folder holds {len(groups)} PET studies; the newest {MOST_STUDIES} are open. "
            "Open the folder of another one by itself."
        )
    if notes:
        studies[0] = replace(studies[0], warnings=(*studies[0].warnings, *notes))
    return tuple(studies)


def _by_study(candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """Series of each study with a usable PET, newest first, with those of studies without one.

    A study that has no CT is lent one of another PET study, where it belongs to its PET.
    """
    usable = [c for c in candidates if c.info.role == "PET AC" and c.stack is not None]
    dates = {c.info.study_uid: _date(c) for c in usable}
    groups = {}
    for uid in sorted(dates, key=lambda uid: dates[uid], reverse=True):
        own = [c for c in candidates if c.info.study_uid == uid]
        free = [c for c in candidates if c.info.study_uid not in dates]
        lent = [] if any(c.info.role == "CT" for c in own) else _lent(own, candidates)
        groups[uid] = [*own, *free, *(c for c in lent if c not in free)]
    return groups


def _lent(own: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return CTs of other studies that belong to the PET of a study."""
    pets = [c for c in own if c.info.role == "PET AC"]
    cts = [c for c in candidates if c.info.role == "CT" and c.stack is not None]
    return [c for c in cts if any(relation_of(pet, c).taken for pet in pets)]


def _date(candidate: Candidate) -> tuple[str, str]:
    info = candidate.info
    return str(info.headers.get("StudyDate") or info.date), info.time


def read_further(study: Study, uid: str, context: JobContext | None = None) -> Volume:
    """Read a series of a study that was not chosen when it was opened.

    Parameters
    ----------
    study
        As opened from DICOM.
    uid
        Series Instance UID.
    context
        Progress and cancel.

    Returns
    -------
    Volume
        CT in HU, MR in its own unit, PET in the unit that its headers allow, on its own grid.

    Raises
    ------
    InputError
        If the study has no such series, its files are gone, or it is no image in space.
    """
    context = context or JobContext()
    info = study.series_of(uid)
    if info is None or not info.files:
        raise InputError("The files of this series are not known.", "Open its folder again.")
    found = scan(info.files, context.part(0.0, 0.3))
    candidates = candidates_of(found.series)
    if not candidates:
        raise InputError("The files of this series are no longer there.", "Open its folder again.")
    # Of its own files the series is all, or most: whatever else is in a file is a frame or two.
    found_again = max(candidates, key=lambda c: len(c.scanned.instances))
    again = candidate_of(replace(found_again.scanned, uid=uid))
    return read_candidate(again, context.part(0.3, 1.0))
