"""Kind 7: enhanced PET, which says everything in its own elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset

from tests.support.faults.fault import ANY, REFUSED, RIGHT, Apply, Fault
from tests.support.made.files import MadeStudy, set_raw

_ENHANCED: dict[str, Any] = {"layout": "enhanced"}


def _header(**values: Any) -> Apply:
    def apply(study: MadeStudy) -> None:
        dataset = study.pet[0].dataset
        for keyword, value in values.items():
            if value is None:
                if keyword in dataset:
                    delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    return apply


def _frames(change: Callable[[Dataset], None], where: str = "all") -> Apply:
    def apply(study: MadeStudy) -> None:
        frames = study.pet[0].dataset.PerFrameFunctionalGroupsSequence
        for frame in frames if where == "all" else [frames[study.hot()]]:
            change(frame)

    return apply


def _slope(text: str | None) -> Callable[[Dataset], None]:
    def change(frame: Dataset) -> None:
        item = frame.PixelValueTransformationSequence[0]
        if text is None:
            del item.RescaleSlope
        else:
            set_raw(item, "RescaleSlope", "DS", text)

    return change


def _drop(keyword: str) -> Callable[[Dataset], None]:
    return lambda frame: delattr(frame, keyword)


def _shared_slope(study: MadeStudy) -> None:
    """State one slope for all frames, in the shared groups."""
    dataset = study.pet[0].dataset
    frames = dataset.PerFrameFunctionalGroupsSequence
    item = frames[0].PixelValueTransformationSequence
    for frame in frames:
        del frame.PixelValueTransformationSequence
    dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = item


def _mapped(factor: float, *, alone: bool = False) -> Apply:
    """State SUV in a real world value map as well, or in it alone."""

    def apply(study: MadeStudy) -> None:
        recipe = study.made.recipe
        for k, frame in enumerate(study.pet[0].dataset.PerFrameFunctionalGroupsSequence):
            item, unit = Dataset(), Dataset()
            unit.CodeValue, unit.CodingSchemeDesignator = "{SUVbw}g/ml", "UCUM"
            unit.CodeMeaning = "Standardized Uptake Value body weight"
            item.MeasurementUnitsCodeSequence = [unit]
            item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = -32768, 32767
            item.LUTExplanation = item.LUTLabel = "SUV"
            item.RealWorldValueSlope = study.made.slopes[k] * recipe.suv_per_value(k) * factor
            item.RealWorldValueIntercept = 0.0
            frame.RealWorldValueMappingSequence = [item]
            if alone:
                del frame.PixelValueTransformationSequence

    return apply


def _frames_stated(by: int) -> Apply:
    def apply(study: MadeStudy) -> None:
        dataset = study.pet[0].dataset
        dataset.NumberOfFrames = study.made.recipe.shape_kji[0] + by

    return apply


def _items_removed(study: MadeStudy) -> None:
    dataset = study.pet[0].dataset
    items = list(dataset.PerFrameFunctionalGroupsSequence)
    del items[study.hot()]
    dataset.PerFrameFunctionalGroupsSequence = items


def enhanced_faults() -> list[Fault]:
    """Return the faults of this kind."""
    word, kind = r"attenuation", "enhanced"
    rows: list[Fault] = [
        _fault("09-a_sound", "an enhanced PET in order", lambda _: None, accepted=RIGHT),
        _fault(
            "09-b_from_head",
            "frames from the head down",
            lambda _: None,
            accepted=RIGHT,
            recipe={"from_head": True},
        ),
        _fault(
            "09-c_oblique",
            "an oblique enhanced PET",
            lambda _: None,
            accepted=RIGHT,
            recipe={"turned_deg": (10.0, 20.0, 30.0)},
        ),
        _fault(
            "09-d_slopes_differ",
            "a slope of its own for each frame",
            lambda _: None,
            accepted=RIGHT,
            recipe={"slopes_differ": True},
        ),
        _fault(
            "09-d_slope_shared",
            "one slope for all frames",
            _shared_slope,
            accepted=RIGHT,
            recipe={"slopes_differ": False},
        ),
        _fault(
            "09-e_gml", "enhanced in SUV", lambda _: None, accepted=RIGHT, recipe={"units": "GML"}
        ),
        _fault(
            "09-g_decayed_to_injection",
            "decayed to the injection",
            lambda _: None,
            accepted=RIGHT,
            recipe={"decay": "ADMIN"},
        ),
        _fault(
            "09-h_not_decay_corrected",
            "not decay corrected",
            lambda _: None,
            r"decay",
            recipe={"decay": "NONE"},
            reason=r"decay",
        ),
        _fault(
            "09-i_decay_time_absent",
            "decay corrected, to no stated time",
            _header(DecayCorrectionDateTime=None),
            r"decay",
            reason=r"decay",
        ),
        _fault(
            "09-i_decay_unknown",
            "nothing said of decay correction",
            _header(DecayCorrectionDateTime=None, DecayCorrected=None),
            r"decay",
            always=r"decay",
            reason=r"decay",
        ),
        _fault(
            "09-i_decay_time_later",
            "decayed to an hour after the start",
            _header(DecayCorrectionDateTime="20240305120000"),
            r"decay",
            truth=_an_hour_later,
        ),
        _fault(
            "09-k_not_attenuation_corrected",
            "attenuation corrected: NO",
            _header(AttenuationCorrected="NO"),
            accepted=REFUSED,
            reason=word,
        ),
        _fault(
            "09-k_attenuation_unknown",
            "nothing said of attenuation correction",
            _header(AttenuationCorrected=None),
            word,
            always=word,
        ),
        _fault("09-l_units_absent", "no units", _header(Units=None), r"units", reason=r"units"),
        _fault(
            "09-l_units_counts",
            "units of counts",
            _header(Units="CNTS"),
            accepted=REFUSED,
            reason=r"counts|Units",
        ),
        *(
            _fault(
                f"09-m_slope_{name}_{where}",
                f"frame slope {name}, {where}",
                _frames(_slope(text), where),
                r"slope|rescale",
            )
            for name, text in (("absent", None), ("comma", "2,5"), ("zero", "0"), ("text", "abc"))
            for where in ("all", "hot")
        ),
        _fault(
            "09-n_rescale_absent",
            "no rescale at all",
            _frames(_drop("PixelValueTransformationSequence")),
            r"slope|rescale",
        ),
        _fault(
            "09-n_position_absent_hot",
            "one frame without position",
            _frames(_drop("PlanePositionSequence"), "hot"),
            r"position|left out",
        ),
        _fault(
            "09-n_position_absent_all",
            "frames without positions",
            _frames(_drop("PlanePositionSequence")),
            r"position",
            reason=r"position|PET|frame",
        ),
        _fault(
            "09-n_content_absent",
            "frames without times",
            _frames(_drop("FrameContentSequence")),
            r"time",
        ),
        _fault(
            "09-o_map_agrees", "a real world value map that agrees", _mapped(1.0), accepted=RIGHT
        ),
        _fault(
            "09-o_map_disagrees",
            "a real world value map that disagrees",
            _mapped(1.3),
            r"map|real.world",
            always=r"map|real.world",
        ),
        _fault(
            "09-o_map_alone",
            "SUV in a real world value map alone",
            _mapped(1.0, alone=True),
            r"map|real.world|slope|rescale",
        ),
        _fault("09-p_frames_19", "19 frames stated, 20 described", _frames_stated(-1), r"frame"),
        _fault("09-p_frames_21", "21 frames stated, 20 described", _frames_stated(1), r"frame"),
        _fault("09-p_item_missing", "one frame is not described", _items_removed, r"frame|missing"),
        _fault(
            "09-q_corrections_no_attn",
            "corrections listed without attenuation",
            _header(CorrectedImage=["DECY"]),
            word,
            accepted=ANY,
        ),
        _fault(
            "09-r_no_injection",
            "no injection time",
            _no_injection,
            accepted=REFUSED,
            reason=r"inject|StartDateTime",
        ),
    ]
    assert all(x.kind == kind for x in rows)
    return rows


def _fault(name: str, says: str, apply: Apply, note: str = r".^", **more: Any) -> Fault:
    recipe = {**_ENHANCED, **more.pop("recipe", {})}
    return Fault(name, "enhanced", says, apply, note, recipe=recipe, **more)


def _no_injection(study: MadeStudy) -> None:
    item = study.pet[0].dataset.RadiopharmaceuticalInformationSequence[0]
    del item.RadiopharmaceuticalStartTime
    del item.RadiopharmaceuticalStartDateTime


def _an_hour_later(study: MadeStudy) -> dict[str, tuple[float, float, float]]:
    """Return the truth where the dose has an hour more to decay: the same values mean more."""
    greatest, mean, volume_ml = study.made.truth
    gain = 2.0 ** (3600.0 / study.made.recipe.half_life_s)
    return {"L1": (greatest * gain, mean * gain, volume_ml)}
