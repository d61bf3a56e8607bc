"""Names of the files that exports may write. Light: a window asks before it overwrites."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.core.study.derived import DerivedKind

#: Of a lesion search, in the order in which they are listed.
LESION_FILES = (
    "segmentation.nii.gz",
    "segmentation.seg.dcm",
    "physiological.nii.gz",
    "uncertainty.nii.gz",
    "lesions.csv",
    "lesions.json",
    "summary.json",
)
MEASUREMENT_FILES = ("measurements.csv", "measurements.json", "measurements.sr.dcm")
#: Start of the names of a derived image, by kind.
STEMS = {
    DerivedKind.DENOISED: "denoised_pet",
    DerivedKind.SUPER_RESOLVED: "super_resolved_pet",
    DerivedKind.SYNTHETIC_CT: "synthetic_ct",
    DerivedKind.MU_MAP: "mu_map",
}
ERROR_STEM = "synthetic_ct_error"


def derived_files(kind: DerivedKind) -> tuple[str, ...]:
    """Files and folders of a derived image; an attenuation map comes with a synthetic CT."""
    stems = [STEMS[kind], f"{STEMS[kind]}_deviation"]
    if kind is DerivedKind.SYNTHETIC_CT:
        stems += [STEMS[DerivedKind.MU_MAP], ERROR_STEM]
    return (*(f"{n}{end}" for n in stems for end in (".nii.gz", "_dicom")), "summary.json")


def already_there(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return which files and folders of an earlier export a new one would replace or take away."""
    return tuple(name for name in names if (folder / name).exists())
