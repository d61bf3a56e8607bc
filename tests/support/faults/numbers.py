"""Kind 2: numbers that cannot be read, or are no numbers that can be."""

from __future__ import annotations

from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from tests.support.faults.fault import ANY, RIGHT, SAID, Fault, each, together
from tests.support.made.files import MadeStudy, set_raw, tracer_of
from tests.support.made.series import BODY_HU, BONE_HU
from tests.support.trials.verdict import Values

#: What stands in a number's place; ``{}`` is the number itself.
_TEXTS = {
    "comma": "{comma}",
    "text": "abc",
    "two_values": "{}\\{}",
    "two_commas": "1.000,5",
    "empty": "",
    "absent": None,
    "zero": "0",
    "negative": "-{}",
    "nan": "nan",
    "inf": "inf",
    "huge": "1e300",
    "tiny": "1e-300",
    "unit": "{} Bq",
    "fortran": "{}D0",
    "underscore": "1_0",
    "hex": "0x2",
}


def put(keyword: str, text: str | None, vr: str = "DS") -> Callable[[Dataset], None]:
    """Return what sets an element to a text made of its present value, or removes it."""

    def change(dataset: Dataset) -> None:
        if text is None:
            if keyword in dataset:
                del dataset[Tag(keyword)]
            return
        present = str(dataset.get(keyword, "2.5"))
        said = text.replace("{comma}", present.replace(".", ",")).replace("{}", present)
        set_raw(dataset, keyword, vr, said)

    return change


def in_tracer(change: Callable[[Dataset], None]) -> Callable[[Dataset], None]:
    """Return what changes the radiopharmaceutical's item instead."""
    return lambda dataset: change(tracer_of(dataset))


def _ct_truth(study: MadeStudy) -> dict[str, Values]:
    """Greatest and mean HU of the box, and the HU of its surroundings."""
    return {"box": (float(BONE_HU), float(BONE_HU), float(BODY_HU))}


def number_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_slopes(), *_intercepts(), *_elsewhere(), *_of_ct()]


def _slopes() -> list[Fault]:
    word = r"slope|rescale"
    found = []
    for where in ("all", "hot", "first"):
        for name, text in _TEXTS.items():
            if where == "first" and name not in ("comma", "absent", "text"):
                continue
            apply = each(where, put("RescaleSlope", text))
            # A recipe whose slope is 2.5 in all files, as in the report.
            found.append(
                Fault(
                    f"03-slope_{name}_{where}",
                    "numbers",
                    f"slope {name.replace('_', ' ')}, {where}",
                    apply,
                    word,
                    reason=word if where == "all" else "",
                    recipe={"dose_bq": 437.5e6},
                    always=word + "|left out|refused" if where == "first" else "",
                )
            )
    found.append(
        Fault(
            "04-slope_and_intercept_absent",
            "numbers",
            "neither slope nor intercept",
            together(
                each("all", put("RescaleSlope", None)), each("all", put("RescaleIntercept", None))
            ),
            word,
            reason=word,
        )
    )
    found.append(
        Fault(
            "03-slopes_differ",
            "numbers",
            "slope of every slice its own",
            lambda _: None,
            accepted=RIGHT,
            recipe={"slopes_differ": True},
        )
    )
    return found


def _intercepts() -> list[Fault]:
    word = r"intercept|rescale"
    return [
        Fault(
            f"04-intercept_{name}_{where}",
            "numbers",
            f"intercept {name.replace('_', ' ')}, {where}",
            each(where, put("RescaleIntercept", text)),
            word,
            recipe={"intercept": -250.5},
        )
        for where in ("all", "hot")
        for name, text in _TEXTS.items()
        if name in ("comma", "text", "two_values", "empty", "absent", "nan", "huge", "unit")
    ]


def _elsewhere() -> list[Fault]:
    spacing, weight, dose = r"spacing", r"weight", r"dose"
    half, place = r"half-?life", r"position|orientation|left out|refused"
    kind = "numbers"
    return [
        Fault(
            "03-spacing_comma",
            kind,
            "decimal comma in Pixel Spacing",
            each("all", put("PixelSpacing", "5,0\\4,0")),
            spacing,
        ),
        Fault(
            "03-spacing_comma_hot",
            kind,
            "the same in one slice",
            each("hot", put("PixelSpacing", "5,0\\4,0")),
            spacing + r"|left out|refused",
        ),
        Fault(
            "03-spacing_one_value",
            kind,
            "one value in Pixel Spacing",
            each("all", put("PixelSpacing", "5.0")),
            spacing,
        ),
        Fault(
            "03-spacing_zero",
            kind,
            "Pixel Spacing of zero",
            each("all", put("PixelSpacing", "0\\0")),
            spacing,
        ),
        Fault(
            "03-spacing_negative",
            kind,
            "negative Pixel Spacing",
            each("all", put("PixelSpacing", "-5\\-4")),
            spacing,
        ),
        Fault(
            "03-spacing_absent",
            kind,
            "no Pixel Spacing",
            each("all", put("PixelSpacing", None)),
            spacing,
        ),
        Fault(
            "03-spacing_nan",
            kind,
            "Pixel Spacing that is no number",
            each("all", put("PixelSpacing", "nan\\4")),
            spacing,
        ),
        Fault(
            "03-position_comma_hot",
            kind,
            "decimal comma in one position",
            each("hot", put("ImagePositionPatient", "-64,0\\-60,0\\124,0")),
            place,
        ),
        Fault(
            "03-position_two_values",
            kind,
            "two numbers in one position",
            each("hot", put("ImagePositionPatient", "-64\\-60")),
            place,
        ),
        Fault(
            "03-orientation_text_hot",
            kind,
            "an orientation that is text",
            each("hot", put("ImageOrientationPatient", "HFS")),
            place,
        ),
        Fault(
            "03-weight_comma",
            kind,
            "decimal comma in the weight",
            each("all", put("PatientWeight", "70,0")),
            weight,
            reason=weight,
        ),
        Fault(
            "03-weight_unit",
            kind,
            "weight with its unit",
            each("all", put("PatientWeight", "70 kg")),
            weight,
            reason=weight,
        ),
        Fault(
            "03-weight_two",
            kind,
            "two weights",
            each("all", put("PatientWeight", "70\\80")),
            weight,
            accepted=SAID,
        ),
        Fault(
            "03-dose_comma",
            kind,
            "decimal comma in the dose",
            each("all", in_tracer(put("RadionuclideTotalDose", "350000000,0"))),
            dose,
            reason=dose,
        ),
        Fault(
            "03-dose_text",
            kind,
            "dose that is text",
            each("all", in_tracer(put("RadionuclideTotalDose", "abc"))),
            dose,
            reason=dose,
        ),
        Fault(
            "03-dose_two",
            kind,
            "two doses",
            each("all", in_tracer(put("RadionuclideTotalDose", "350000000\\370000000"))),
            dose,
        ),
        Fault(
            "03-half_life_comma",
            kind,
            "decimal comma in the half-life",
            each("all", in_tracer(put("RadionuclideHalfLife", "6586,2"))),
            half,
            reason=half,
        ),
        Fault(
            "03-half_life_text",
            kind,
            "half-life that is text",
            each("all", in_tracer(put("RadionuclideHalfLife", "110 min"))),
            half,
            reason=half,
        ),
        Fault(
            "03-duration_text",
            kind,
            "frame duration that is text",
            each("all", put("ActualFrameDuration", "abc", "IS")),
            r"duration|frame",
            recipe={"decay": "NONE"},
        ),
        Fault(
            "03-duration_comma",
            kind,
            "decimal comma in the frame duration",
            each("all", put("ActualFrameDuration", "120000,0", "IS")),
            r"duration|frame",
            recipe={"decay": "NONE"},
        ),
    ]


def _of_ct() -> list[Fault]:
    found = []
    for where in ("all", "hot"):
        for name in ("comma", "text", "two_values", "empty", "absent", "zero", "negative", "nan"):
            for keyword in ("RescaleSlope", "RescaleIntercept"):
                if keyword == "RescaleIntercept" and name in ("zero", "negative"):
                    continue
                found.append(
                    Fault(
                        f"03-ct_{keyword[7:].lower()}_{name}_{where}",
                        "numbers",
                        f"CT: {keyword} {name.replace('_', ' ')}, {where}",
                        each(where, put(keyword, _TEXTS[name]), ct=True),
                        r"slope|intercept|rescale|HU|left out|refused",
                        accepted=ANY,
                        recipe={"with_ct": True, "ct_slope": 2.0},
                        truth=_ct_truth,
                        command="ct",
                    )
                )
    return found
