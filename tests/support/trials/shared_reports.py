"""The inputs of ``../shared/data/reports`` after public reports, and what is right for each."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from tests.support.places import SHARED_DATA
from tests.support.trials.verdict import Expected, Told, Values, Verdict

REPORTS = SHARED_DATA / "reports"
#: Stands in arguments for a folder that the run may write to.
OUT = "OUT"
_ALL = frozenset({Verdict.RIGHT, Verdict.REFUSED, Verdict.NOTED})
_RIGHT = frozenset({Verdict.RIGHT})
_NO_VALUE = frozenset({Verdict.REFUSED, Verdict.NOTED})


@dataclass(frozen=True)
class Trial:
    """One input, the command that is run on it, and what is right."""

    name: str
    kind: str
    arguments: tuple[str, ...]
    expected: Expected


_MIXED = r"mixes|several kinds|left out"
_ACQUISITIONS = r"two|(?<!each )acquisitions|time frames"
#: Kind of the issue, verdicts that are right, what a note or a refusal names, what is always said.
_RULES: dict[str, tuple[str, frozenset[Verdict], str, str]] = {
    "01-b_explicit": ("encoding", _ALL, r".^", ""),
    "02-a_meta_implicit_data_explicit": ("encoding", _ALL, r".^", ""),
    "02-f_one_file_wrong": ("encoding", _ALL, r".^", ""),
    "03-a_slope_2comma5": ("numbers", _ALL, r"slope|rescale", ""),
    "03-c_slope_one_slice": ("numbers", _ALL, r"slope|rescale", ""),
    "04-a_absent_all": ("numbers", _ALL, r"slope|rescale", ""),
    "04-d_zero": ("numbers", _ALL, r"slope|rescale", ""),
    "05-a2_iop_jitter_hot_slice": ("geometry", _RIGHT, r".^", ""),
    "06-a_mip_pet_class_first": ("mixed series", _RIGHT, r".^", r"\b1 (of 21 )?image"),
    "07-g_ac_first_nac_lower_number": ("mixed series", _ALL, _MIXED + "|attenuation|NAC", ""),
    "07-k_pet_first_ct_lower_number": (
        "mixed series",
        _ALL,
        _MIXED + "|modalit|(?<!no )CT image",
        "",
    ),
    "08-c_two_acquisitions_0.05mm": ("geometry", _ALL, _ACQUISITIONS, ""),
    "09-g_enhanced_decayed_to_injection": ("enhanced", _RIGHT, r".^", ""),
    "09-k_enhanced_not_atten_corrected": (
        "enhanced",
        frozenset({Verdict.REFUSED}),
        r"attenuation",
        "",
    ),
    "10-a3_all_times_zeroed": ("times", _NO_VALUE, r"00:00|zero|midnight|de-?identif", ""),
    "10-b_injection_2min_after_start": ("times", _NO_VALUE, r"inject", ""),
    "10-c_zr89_time_only": ("times", _NO_VALUE, r"(day|date)", ""),
    "11-c_injection_in_utc_scan_offset_unknown": ("times", _ALL, r"zone|UTC|offset", ""),
    "12-s_two_tracers": ("plausibility", _NO_VALUE, r"two|2 (tracers|different|radio)|several", ""),
    "12-z_bqml_values_called_gml": ("plausibility", _NO_VALUE, r"SUV", ""),
    "12-j_half_life_minutes": ("plausibility", _ALL, r"half-life", ""),
    "17-f_float_nan": ("pictures", _RIGHT, r".^", ""),
    "22-h_multiframe_no_groups": ("geometry", _ALL, r"frames", ""),
    "13-b_two_single_slices_far_apart.dcm": ("outlines", _RIGHT, r".^", ""),
    "13-c2_one_slice_doubled.dcm": ("outlines", _RIGHT, r".^", ""),
    "13-r_overlapping_rois.dcm": (
        "outlines",
        frozenset({Verdict.RIGHT, Verdict.NOTED}),
        r"overlap|share|lost",
        "",
    ),
    "14-c2_sparse_no_spacing_no_thickness.dcm": ("outlines", _RIGHT, r".^", ""),
    "14-e_overlapping_segments.dcm": (
        "outlines",
        frozenset({Verdict.RIGHT, Verdict.NOTED}),
        r"overlap|share|lost",
        "",
    ),
}
#: The table gives the greatest value only.
_TRUE: dict[str, Values] = {"17-f_float_nan": (17.5276, 11.7460, 5.760)}
#: The outline that the right answer is about.
_OUTLINE = {
    "13-b_two_single_slices_far_apart.dcm": "T",
    "13-c2_one_slice_doubled.dcm": "T",
    "13-r_overlapping_rois.dcm": "B",
    "14-c2_sparse_no_spacing_no_thickness.dcm": "S1",
    "14-e_overlapping_segments.dcm": "S2",
}


def answers() -> dict[str, str]:
    """Return the right answer to every input, as ``expected.csv`` says it."""
    with (REPORTS / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {row["input"]: row["right answer"] for row in csv.DictReader(file)}


def report_trials() -> list[Trial]:
    """Return a trial of every input of ``expected.csv``."""
    return [_trial(name, answer) for name, answer in answers().items()]


def _trial(name: str, answer: str) -> Trial:
    if name in _SPECIAL:
        return _SPECIAL[name]
    kind, accepted, word, always = _RULES[name]
    mask = name if name.endswith(".dcm") else "hot.nii.gz"
    folder = "13-pet" if name.endswith(".dcm") else name
    values = _TRUE.get(name) or stated(answer)
    truth = {_OUTLINE.get(name, "L1"): values} if values and accepted != _NO_VALUE else None
    expected = Expected(
        truth=truth,
        note=word,
        accepted=accepted,
        # Damaged encoding may be refused in any words.
        reason="" if word == r".^" else word,
        always=always,
        never="left out" if name.startswith("05-a2") else "",
        bound=_no_day_before if name.startswith("10-b") else None,
    )
    arguments = ("measure", str(REPORTS / folder), "--mask", str(REPORTS / mask), "--json")
    return Trial(name, kind, arguments, expected)


def stated(answer: str) -> Values | None:
    """Return the values that a right answer states, or ``None``."""
    found = re.search(r"SUVmax ([\d.]+), mean ([\d.]+), MTV ([\d.]+) ml", answer)
    return (float(found[1]), float(found[2]), float(found[3])) if found else None


def _no_day_before(told: Told) -> str:
    """Nothing or two minutes of decay: the factor is weight over dose, for 60,000 Bq/ml."""
    found = [x[0] for x in told.measured.values()]
    return "" if found and 11.8 < found[0] < 12.2 else f"SUVmax {found}, not about 12.0"


def chosen_images(told: Told, what: str) -> int:
    """Return how many images the chosen series of ``pet`` or ``ct`` has, 0 where none is."""
    uid = told.document.get("chosen", {}).get(what)
    found = [x["images"] for x in told.document.get("series", []) if x["uid"] == uid and uid]
    return int(found[0]) if found else 0


def _axial_ct(told: Told) -> str:
    images = chosen_images(told, "ct")
    return "" if images in (20, 21) else f"the CT of 20 images is not chosen ({images} are)"


def _ct_offered(told: Told) -> str:
    return "" if chosen_images(told, "ct") == 20 else "no CT is chosen"


def _no_matter_in_padding(told: Told) -> str:
    folder = told.document.get("_out")
    assert isinstance(folder, str)
    image = nib.load(Path(folder) / "mu_map.nii.gz")
    assert isinstance(image, nib.Nifti1Image)
    greatest = float(np.asarray(image.dataobj).max())
    return "" if abs(greatest - 0.0998) < 5e-4 else f"mu up to {greatest:.4f} per cm"


def with_out(told: Told, out: Path) -> Told:
    """Return what was told with the folder written to in the document, for checks of files."""
    document = json.dumps({**told.document, "_out": str(out)})
    return Told(told.code, document, told.err, told.seconds, told.peak_mb)


_SPECIAL = {
    "06-f_ct_localizer_first": Trial(
        "06-f_ct_localizer_first",
        "mixed series",
        ("info", str(REPORTS / "06-f_ct_localizer_first"), "--json"),
        Expected(
            check=_axial_ct,
            accepted=_RIGHT,
            always=r"locali[sz]er|scout|left out|another orientation",
        ),
    ),
    "17-d_ct_unsigned_pad": Trial(
        "17-d_ct_unsigned_pad",
        "pictures",
        ("mu-map", str(REPORTS / "17-d_ct_unsigned_pad"), "--out", OUT, "--json"),
        Expected(check=_no_matter_in_padding, accepted=_RIGHT),
    ),
    "22-f_study_uid_of_ct_differs": Trial(
        "22-f_study_uid_of_ct_differs",
        "mixed series",
        ("info", str(REPORTS / "22-f_study_uid_of_ct_differs"), "--json"),
        Expected(check=_ct_offered, note=r"CT .*another study"),
    ),
}
