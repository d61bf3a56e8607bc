"""Names of the files that exports may write. Light: a window asks before it overwrites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.core.study.derived import DerivedKind

#: What an export says of itself. That of a lesion search stays where images are written too.
SUMMARY = "summary.json"
#: A file that is not written where the other one is, unless that is written along.
YIELDS = {SUMMARY: "lesions.json"}
#: Of a lesion search, in the order in which they are listed.
LESION_FILES = (
    "segmentation.nii.gz",
    "segmentation.seg.dcm",
    "physiological.nii.gz",
    "uncertainty.nii.gz",
    "lesions.csv",
    "lesions.json",
    SUMMARY,
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
    images = (f"{n}{end}" for n in stems for end in (".nii.gz", "_dicom"))
    return (*images, summary_of(kind), SUMMARY)


def summary_of(kind: DerivedKind) -> str:
    """Name of a derived image's own summary, which no other export replaces."""
    return f"{STEMS[kind]}.{SUMMARY}"


def yielding(folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that an export leaves alone in a folder: they are another export's there."""
    return tuple(
        name
        for name, other in YIELDS.items()
        if name in names and other not in names and (folder / other).exists()
    )


def already_there(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return which files and folders of an earlier export a new one would replace or take away."""
    names = tuple(names)
    left = yielding(folder, names)
    return tuple(name for name in names if name not in left and (folder / name).exists())
