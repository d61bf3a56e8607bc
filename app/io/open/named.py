"""Images that the reader named one by one, as PET, CT and MR: NIfTI files, or DICOM anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.study.study import Study
from app.io.dicom.scan import Scan, scan
from app.io.nifti.image import is_nifti
from app.io.nifti.pair import NiftiFiles, open_nifti
from app.io.open.study import nothing_found, study_of
from app.io.series.naming import NOTHING_NAMED, Named
from app.io.series.series import Candidate, candidates_of


@dataclass(frozen=True)
class NamedPlaces:
    """Files and folders by what the reader named them."""

    pet: Path | None = None
    ct: Path | None = None
    mr: Path | None = None

    @property
    def all(self) -> list[Path]:
        """What was named, PET first."""
        return [x for x in (self.pet, self.ct, self.mr) if x is not None]


@dataclass(frozen=True)
class Found:
    """What lies below some paths, with what was named of it."""

    scan: Scan
    candidates: list[Candidate]
    named: Named = NOTHING_NAMED


def find(
    paths: Sequence[Path],
    places: NamedPlaces,
    context: JobContext | None = None,
    *,
    will_read: bool = True,
) -> Found:
    """Scan paths, and each named place by itself: what was named is told apart by where it lies.

    ``will_read`` as `app.io.dicom.scan.scan`.

    Raises
    ------
    InputError
        If a path does not exist, or a named place holds no DICOM image.
    """
    context = context or JobContext()
    roles = [("pet", places.pet), ("ct", places.ct), ("mr", places.mr)]
    named = [(role, path) for role, path in roles if path is not None]
    steps = len(named) + bool(paths)
    scans: list[Scan] = []
    by_role: dict[str, tuple[Candidate, ...]] = {}
    known: dict[str, Candidate] = {}
    for n, (role, path) in enumerate(named):
        part = context.part(n / steps, (n + 1) / steps)
        found = scan([path], part, will_read=will_read)
        if not found.series:
            raise nothing_found(found)
        scans.append(found)
        # One place may be named twice: its series are the same then.
        by_role[role] = tuple(known.setdefault(c.info.uid, c) for c in candidates_of(found.series))
    if paths:
        found = scan(paths, context.part(len(named) / steps, 1.0), will_read=will_read)
        scans.append(found)
        for c in candidates_of(found.series):
            known.setdefault(c.info.uid, c)
    whole = Scan(
        tuple(c.scanned for c in known.values()),
        tuple({r.path: r for s in scans for r in s.refused}.values()),
        sum(s.files for s in scans),
        tuple(dict.fromkeys(x for s in scans for x in s.nifti)),
    )
    return Found(whole, list(known.values()), Named(**by_role))


def open_files(
    pet: Path | None,
    ct: Path | None,
    context: JobContext | None = None,
    *,
    mr: Path | None = None,
    paths: Sequence[Path] = (),
    ct_alone: bool = False,
) -> Study:
    """Open images that were named: NIfTI files, or DICOM files and folders.

    A NIfTI PET is taken as SUVbw unless its name or sidecar says otherwise. DICOM is taken as what
    it was named: of several series of a folder the best is chosen, by the rules of
    `app.io.series.pairing`.

    Parameters
    ----------
    pet, ct, mr
        Files or folders.
    context
        Progress and cancel.
    paths
        Where to find, in DICOM, what was not named.
    ct_alone
        Whether a CT needs no other image beside it.

    Raises
    ------
    InputError
        If a file is missing, damaged, or not three-dimensional, if neither a PET nor an MR was
        named, if some are NIfTI and others are not, or if what was named is something else: a PET
        without attenuation correction, a CT as PET, an image of another patient.
    """
    context = context or JobContext()
    places = NamedPlaces(pet, ct, mr)
    if pet is None and mr is None and not (ct is not None and (ct_alone or paths)):
        said = "No file was named." if ct is None else "Only a CT was named."
        raise InputError(said, "Name a PET (--pet FILE), or a T1-weighted MR (--mr FILE).")
    apart = [x for x in places.all if not is_nifti(x)]
    if not apart and not paths:
        return open_nifti(NiftiFiles(pet, ct, mr), context)
    require_one_format(paths, places)
    found = find(paths, places, context.part(0.0, 0.3))
    source = [*paths, *places.all][0]
    return study_of(found.scan, found.candidates, source, context.part(0.3, 1.0), found.named)


def require_one_format(paths: Sequence[Path], places: NamedPlaces) -> None:
    """Refuse NIfTI beside DICOM.

    Raises
    ------
    InputError
        If some of what was named is NIfTI and the rest is not.
    """
    nifti = [x for x in places.all if is_nifti(x)]
    other = [x for x in (*places.all, *paths) if not is_nifti(x)]
    if nifti and (other or paths):
        name = (other or nifti)[0].name
        raise InputError(
            f"{name} is not NIfTI, but other images of the study are.",
            "Give all images in one format.",
        )
