"""The damaged and hostile inputs of ``../shared/data/reports/hostile``, and what is right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
from pydicom import dcmread

from tests.support.trials.shared_reports import OUT, REPORTS, Trial, chosen_images
from tests.support.trials.verdict import Expected, Told, Values, Verdict

HOSTILE = REPORTS / "hostile"
REFERENCE, MASK = HOSTILE / "reference", HOSTILE / "mask_m.nii.gz"
_RIGHT = frozenset({Verdict.RIGHT})
_REFUSED = frozenset({Verdict.REFUSED})
_NO_VALUE = frozenset({Verdict.REFUSED, Verdict.NOTED})
#: An image that is left out is named: refused, damaged, or its place is missing.
_LEFT_OUT = r"refused|left out|damaged|missing at|cannot be (read|decoded)"
#: Right values elsewhere do not make up for the silence about these.
_ALWAYS_SAID = ("htj2k_hang", "htj2k_truncated", "jpg8_truncated", "ljpeg_segfault", "rle_segfault")
_FAR = ("slice_far_1e9", "slice_far_2e4")
#: PETs that are measured with the reference's outlines.
_DAMAGED = (
    "bits_allocated_8",
    "columns_64",
    "deflate_bomb",
    "htj2k_hang",
    "htj2k_truncated",
    "jpeg_huge",
    "jpg8_truncated",
    "ljpeg_segfault",
    "nested_600",
    "rle_segfault",
    "rows_length_typeerror",
    "slice_far_1e9",
    "slice_far_2e4",
)
#: These hold no slice that can be trusted, or other values than the reference.
_NO_TRUTH = ("deflate_bomb", "jpeg_huge", "jpg8_truncated", "rows_length_typeerror")


def reference_truth() -> dict[str, Values]:
    """Return the values of the undamaged study by weight, dose and times alone.

    Reads with pydicom and nibabel, and shares no code with the program.
    """
    suv, voxel_ml = _reference_suv()
    image = nib.load(MASK)
    assert isinstance(image, nib.Nifti1Image)
    # The outlines reach beyond the images that are left of the study; NIfTI axes are x, y, z.
    labels = np.asarray(image.dataobj)[:, :, : len(suv)].transpose(2, 1, 0)
    return {f"L{n}": _values(suv, labels == n, voxel_ml) for n in (1, 2) if (labels == n).any()}


def _reference_suv() -> tuple[npt.NDArray[np.float64], float]:
    slices = sorted((dcmread(x) for x in REFERENCE.iterdir()), key=lambda d: d.SliceLocation)
    first = slices[0]
    tracer = first.RadiopharmaceuticalInformationSequence[0]
    start, given = (
        datetime.strptime(x, "%H%M%S.%f")
        for x in (first.SeriesTime, tracer.RadiopharmaceuticalStartTime)
    )
    waited_s = (start - given).total_seconds()
    left = float(tracer.RadionuclideTotalDose) * 2 ** (-waited_s / tracer.RadionuclideHalfLife)
    factor = float(first.PatientWeight) * 1000.0 / left
    suv = [d.pixel_array * float(d.RescaleSlope) * factor for d in slices]
    step_mm = slices[1].SliceLocation - slices[0].SliceLocation
    return np.array(suv), float(step_mm * np.prod(first.PixelSpacing)) / 1000.0


def _values(suv: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], voxel_ml: float) -> Values:
    found = suv[inside]
    return float(found.max()), float(found.mean()), float(inside.sum() * voxel_ml)


def contour_truth() -> dict[str, Values]:
    """Return the values within the four-cornered contours of the RTSTRUCTs, whole in all slices.

    One quadrangle an ROI, from 157.44 mm on; the study ends above the second slice of it.
    """
    suv, voxel_ml = _reference_suv()
    dataset, found = dcmread(HOSTILE / "mask_notes_lost" / "rt.dcm"), {}
    for number, roi in enumerate(dataset.ROIContourSequence, 1):
        corners = np.array(roi.ContourSequence[0].ContourData, float).reshape(-1, 3)
        inside = _enclosed(corners)
        whole = np.array([np.zeros_like(inside)] * 2 + [inside] * 2)
        found[f"roi{number}"] = _values(suv, whole, voxel_ml)
    return found


def _enclosed(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Voxels ``[j, i]`` of the reference whose centres a polygon encloses."""
    at = -297.65625 + 4.6875 * np.arange(128)
    x, y = np.meshgrid(at, at)
    inside = np.zeros(x.shape, bool)
    for (x0, y0, _), (x1, y1, _) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def hostile_trials() -> list[Trial]:
    """Return a trial of every input of the folder."""
    truth = reference_truth()
    trials = [_pet("reference", truth, accepted=_RIGHT, always="L2|label 2")]
    trials += [
        _pet(
            x,
            None if x in _NO_TRUTH else truth,
            note=r"left out|refused" if x in _FAR else _LEFT_OUT,
            always=_LEFT_OUT if x in _ALWAYS_SAID else "",
        )
        for x in _DAMAGED
    ]
    trials.append(_pet("explicit_without_meta", truth, accepted=_RIGHT))
    trials.append(_pet("nm_frames_1e8", None, accepted=_REFUSED))
    trials += [_nifti("bomb_pet_suv.nii.gz"), _nifti("gz_bit_flip_pet_suv.nii.gz")]
    return [*trials, *_outlines(), *_whole_studies()]


def _pet(
    name: str,
    truth: Mapping[str, Values] | None,
    *,
    note: str = r".^",
    accepted: frozenset[Verdict] = frozenset(Verdict) - {Verdict.WRONG},
    always: str = "",
) -> Trial:
    arguments = ("measure", str(HOSTILE / name), "--mask", str(MASK), "--json")
    expected = Expected(truth=truth, note=note, accepted=accepted, always=always)
    return Trial(f"hostile/{name}", "damaged", arguments, expected)


def _nifti(name: str) -> Trial:
    arguments = ("info", "--pet", str(HOSTILE / name), "--json")
    expected = Expected(accepted=_REFUSED, check=lambda _: "it is opened")
    return Trial(f"hostile/{name}", "damaged", arguments, expected)


def _outlines() -> list[Trial]:
    both = contour_truth()
    one = {"one": reference_truth()["L1"]}
    known = {
        "mask_notes_lost/rt.dcm": Expected(
            both, r"overlap|share", frozenset({Verdict.RIGHT, Verdict.NOTED})
        ),
        "rt_contour_lost/rt.dcm": Expected(both, r"contour", _NO_VALUE),
        "rt_far_3000/rt.dcm": Expected(both, r"contour|plane|corner|point|far", _NO_VALUE),
        "seg_columns/seg.dcm": Expected(one, r"columns|size|frames|pixel", _NO_VALUE),
        "seg_frame_lost/seg.dcm": Expected(one, r"frame", _NO_VALUE),
    }
    return [
        Trial(
            f"hostile/{name.split('/')[0]}",
            "outlines",
            ("measure", str(REFERENCE), "--mask", str(HOSTILE / name), "--json"),
            expected,
        )
        for name, expected in known.items()
    ]


def _whole_studies() -> list[Trial]:
    def written(told: Told) -> str:
        out = Path(str(told.document.get("_out")))
        lacking = [x for x in ("mu_map.nii.gz", "summary.json") if not (out / x).is_file()]
        return f"{' and '.join(lacking)} not written" if lacking else ""

    def apart(told: Told) -> str:
        found = chosen_images(told, "pet"), chosen_images(told, "ct")
        return "" if found == (8, 6) else f"PET and CT of {found} images, not of 8 and 6"

    name = "export_dies_muMap"
    export = ("mu-map", str(HOSTILE / name), "--out", OUT, "--json")
    mixed = ("info", str(HOSTILE / "pet_with_uid_of_ct"), "--json")
    return [
        Trial(f"hostile/{name}", "exports", export, Expected(check=written, accepted=_RIGHT)),
        Trial(
            "hostile/pet_with_uid_of_ct",
            "mixed series",
            mixed,
            Expected(check=apart, accepted=_RIGHT, note=r".^"),
        ),
    ]
