"""Enhanced PET: units, decay, attenuation, order and rescale of frames, with an analytic truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.study.study import Study
from app.core.suv.formulas import frame_decay_gain, lbm_morgan_kg
from app.io.dicom.real_world import unit_of
from app.io.open.study import open_study
from tests.support.dicom_files import DOSE_BQ, HALF_LIFE_S, WEIGHT_KG, phantom
from tests.support.enhanced_files import FRAME_S, INJECTED, group_of, real_world, write_enhanced

STORED = phantom()
AT_INJECTION = WEIGHT_KG * 1000.0 / DOSE_BQ
HOUR = 2.0 ** (3600.0 / HALF_LIFE_S)


def opened(folder: Path, stored: np.ndarray = STORED, **how: Any) -> Study:
    write_enhanced(folder / "pet.dcm", stored, **how)
    return open_study([folder])


def values(study: Study) -> np.ndarray:
    assert study.pet is not None
    return np.asarray(study.pet.array, dtype=np.float64)


def said(study: Study) -> str:
    return " ".join(study.warnings)


def test_a_healthy_object_gives_the_truth_without_a_word(tmp_path: Path) -> None:
    study = opened(tmp_path)
    assert values(study) == pytest.approx(STORED * AT_INJECTION * HOUR, rel=1e-6)
    assert study.suv is not None
    assert study.suv.headers["Units"] == "BQML"
    assert study.suv.warnings == ()
    assert study.warnings == ("There is no CT in this study; the PET is shown alone.",)


@pytest.mark.parametrize("order", [[5, 4, 3, 2, 1, 0], [2, 0, 5, 1, 4, 3]])
def test_frames_lie_where_they_say_and_are_scaled_by_their_own_slope(
    tmp_path: Path, order: list[int]
) -> None:
    slopes = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    study = opened(
        tmp_path,
        order=order,
        slopes=slopes,
        mappings=lambda k: [real_world("Bq/ml", slopes[k])],
    )
    wanted = STORED * np.array(slopes)[:, None, None] * AT_INJECTION * HOUR
    assert values(study) == pytest.approx(wanted, rel=1e-6)
    assert study.pet is not None
    assert study.pet.grid.spacing_kji_mm == pytest.approx((4.0, 3.0, 2.0))


@pytest.mark.parametrize(
    ("reference", "hours"),
    [(INJECTED, 0.0), ("20240102110000", 1.0), ("20240102103000", 0.5), ("20240102113000", 1.5)],
)
def test_images_are_decayed_to_what_they_say(tmp_path: Path, reference: str, hours: float) -> None:
    study = opened(tmp_path, DecayCorrectionDateTime=reference)
    wanted = STORED * AT_INJECTION * 2.0 ** (3600.0 * hours / HALF_LIFE_S)
    assert values(study) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    "reference",
    ["20240102000000", "19000101000000", "20240101100000", "20240103110000", "20240102", "x"],
)
def test_a_decay_reference_that_cannot_be_is_refused(tmp_path: Path, reference: str) -> None:
    study = opened(tmp_path, change=lambda d: _raw(d, reference))
    assert study.suv is not None
    assert study.suv.type is None
    assert "0018,9701" in study.suv.why
    assert values(study) == pytest.approx(STORED)


def _raw(dataset: Dataset, reference: str) -> None:
    dataset["DecayCorrectionDateTime"]._value = reference


def test_no_decay_reference_is_said(tmp_path: Path) -> None:
    study = opened(tmp_path, DecayCorrectionDateTime=None)
    assert values(study) == pytest.approx(STORED * AT_INJECTION * HOUR, rel=1e-6)
    assert "START is assumed" in said(study)


def test_images_that_are_not_decay_corrected_are_corrected_frame_by_frame(tmp_path: Path) -> None:
    def later(dataset: Dataset) -> None:
        for frame in dataset.PerFrameFunctionalGroupsSequence[3:]:
            frame.FrameContentSequence[0].FrameAcquisitionDateTime = "20240102111000"

    study = opened(tmp_path, DecayCorrected="NO", DecayCorrectionDateTime=None, change=later)
    gain = frame_decay_gain(FRAME_S, HALF_LIFE_S)
    factors = [AT_INJECTION * HOUR * gain] * 3
    factors += [x * 2.0 ** (600.0 / HALF_LIFE_S) for x in factors]
    assert values(study) == pytest.approx(STORED * np.array(factors)[:, None, None], rel=1e-6)


def test_no_attenuation_correction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="attenuation"):
        opened(tmp_path, AttenuationCorrected="NO")


@pytest.mark.parametrize(("stated", "words"), [("YES", ""), ("NO", "Scatter Corrected")])
def test_no_scatter_correction_is_said(tmp_path: Path, stated: str, words: str) -> None:
    study = opened(tmp_path, ScatterCorrected=stated)
    assert study.suv is not None
    assert bool(study.suv.warnings) == bool(words)
    assert words in said(study)


LEAN = WEIGHT_KG / lbm_morgan_kg(WEIGHT_KG, 1.75, "F")


@pytest.mark.parametrize(
    ("code", "factor"),
    [
        ("Bq/ml", AT_INJECTION * HOUR),
        ("Bq/mL", AT_INJECTION * HOUR),
        ("kBq/ml", 1000.0 * AT_INJECTION * HOUR),
        ("{SUVbw}g/ml", 1.0),
        ("g/ml{SUVbw}", 1.0),
        ("g/ml", 1.0),
        ("{SUVlbm}g/ml", LEAN),
    ],
)
@pytest.mark.parametrize("slope", [1e-4, 2e-4])
def test_the_unit_is_that_of_the_real_world_value(
    tmp_path: Path, code: str, factor: float, slope: float
) -> None:
    """A rescale of 1 says nothing where the frame maps its values itself."""
    study = opened(tmp_path, slopes=[None] * 6, mappings=lambda _: [real_world(code, slope)])
    assert values(study) == pytest.approx(STORED * slope * factor, rel=1e-6)


def test_a_mapping_shared_by_all_frames_is_that_of_each(tmp_path: Path) -> None:
    def share(dataset: Dataset) -> None:
        shared = dataset.SharedFunctionalGroupsSequence[0]
        shared.RealWorldValueMappingSequence = [real_world("Bq/ml", 2.0)]

    study = opened(tmp_path, slopes=[2.0] * 6, mappings=lambda _: [], change=share)
    assert values(study) == pytest.approx(STORED * 2.0 * AT_INJECTION * HOUR, rel=1e-6)
    assert study.suv is not None
    assert study.suv.warnings == ()


def test_a_rescale_that_disagrees_with_the_mapping_is_said(tmp_path: Path) -> None:
    slopes: list[float | None] = [1.0, 1.0, 3.0, 1.0, 1.0, 1.0]
    study = opened(tmp_path, slopes=slopes)
    assert values(study) == pytest.approx(STORED * AT_INJECTION * HOUR, rel=1e-6)
    assert "1 of 6 frames disagree" in said(study)


@pytest.mark.parametrize("other", [0.01, 100.0])
def test_a_mapping_to_another_unit_than_the_stated_one_is_not_the_rescale(
    tmp_path: Path, other: float
) -> None:
    study = opened(
        tmp_path,
        Units="BQML",
        slopes=[2.0] * 6,
        mappings=lambda _: [real_world("{SUVbw}g/ml", 2.0 * AT_INJECTION * HOUR * other)],
    )
    assert values(study) == pytest.approx(STORED * 2.0 * AT_INJECTION * HOUR, rel=1e-6)
    assert "real-world value map gives" in said(study)


def test_frames_without_any_unit_are_asked_about(tmp_path: Path) -> None:
    study = opened(tmp_path, mappings=lambda _: [])
    assert study.suv is not None
    assert "Units" in study.suv.missing
    assert "Bq/ml is assumed" in said(study)


@pytest.mark.parametrize("where", [[0], [3], [5], [1, 2]])
def test_frames_without_rescale_or_mapping_have_no_suv(tmp_path: Path, where: list[int]) -> None:
    study = opened(
        tmp_path,
        slopes=[None if k in where else 1.0 for k in range(6)],
        mappings=lambda k: [] if k in where else [real_world("Bq/ml", 1.0)],
    )
    assert study.suv is not None
    assert study.suv.type is None
    assert f"absent in {len(where)} of 6 images" in study.suv.why


@pytest.mark.parametrize("other", ["g/ml", "{counts}"])
@pytest.mark.parametrize("where", [0, 3, 5])
def test_frames_in_several_units_are_never_one_suv(tmp_path: Path, where: int, other: str) -> None:
    study = opened(
        tmp_path,
        mappings=lambda k: [real_world(other if k == where else "Bq/ml", 1.0)],
    )
    assert "in another unit: left out" in said(study)
    kept = [k for k in range(6) if k != where]
    # A gap inside is filled; at an end the volume is shorter.
    shown = kept if where == 3 else list(range(5))
    wanted = STORED[kept] * AT_INJECTION * HOUR
    assert values(study)[shown] == pytest.approx(wanted, rel=1e-6)


def test_a_projection_among_the_frames_is_no_slice(tmp_path: Path) -> None:
    def mip(dataset: Dataset) -> None:
        dataset.PerFrameFunctionalGroupsSequence[2].PETFrameTypeSequence = group_of(
            FrameType=["DERIVED", "SECONDARY", "VOLUME", "MAX_IP"]
        )

    study = opened(tmp_path, change=mip)
    assert "left out" in said(study)
    kept = [0, 1, 3, 4, 5]
    assert values(study)[kept] == pytest.approx(STORED[kept] * AT_INJECTION * HOUR, rel=1e-6)


@pytest.mark.parametrize("group", ["PlanePositionSequence", "FrameContentSequence"])
def test_a_frame_that_lacks_a_group_is_left_out_or_no_matter(tmp_path: Path, group: str) -> None:
    study = opened(tmp_path, change=lambda d: delattr(d.PerFrameFunctionalGroupsSequence[2], group))
    kept = [0, 1, 3, 4, 5]
    assert values(study)[kept] == pytest.approx(STORED[kept] * AT_INJECTION * HOUR, rel=1e-6)
    assert ("left out" in said(study)) == (group == "PlanePositionSequence")


def test_a_map_of_the_image_is_compared_with_its_header(tmp_path: Path) -> None:
    true = AT_INJECTION * HOUR
    for name, factor, agrees in (("a", true, True), ("b", 1.1 * true, False)):
        study = opened(
            tmp_path / name,
            slopes=[2.0] * 6,
            mappings=lambda _, f=factor: [
                real_world("{SUVbw}g/ml", 2.0 * f),
                real_world("Bq/ml", 2.0),
            ],
        )
        assert values(study) == pytest.approx(STORED * 2.0 * true, rel=1e-6)
        assert ("real-world value map gives" in said(study)) != agrees


def test_a_dynamic_object_may_begin_before_the_injection(tmp_path: Path) -> None:
    def two_times(dataset: Dataset) -> None:
        frames = dataset.PerFrameFunctionalGroupsSequence
        for n, frame in enumerate(frames):
            content = frame.FrameContentSequence[0]
            content.TemporalPositionIndex = 1 + n // 3
            frame.PlanePositionSequence = group_of(
                ImagePositionPatient=[-10.0, -20.0, 30.0 + 4.0 * (n % 3)]
            )

    study = opened(
        tmp_path,
        change=two_times,
        tracer={"RadiopharmaceuticalStartDateTime": "20240102110100"},
    )
    assert study.suv is not None
    assert study.suv.type == "SUVbw"


@pytest.mark.parametrize("nothing", ["RadionuclideTotalDose", "RadiopharmaceuticalStartDateTime"])
def test_what_is_missing_is_asked_for(tmp_path: Path, nothing: str) -> None:
    def drop(dataset: Dataset) -> None:
        delattr(dataset.RadiopharmaceuticalInformationSequence[0], nothing)

    study = opened(tmp_path, change=drop)
    assert study.suv is not None
    assert study.suv.type is None
    assert study.suv.missing == (nothing,)


@pytest.mark.parametrize("code", ["", "1", "cm", "Bq", "{SUVxyz}g/ml", "mg/ml"])
def test_codes_that_are_no_unit_of_a_pet(code: str) -> None:
    assert unit_of(code) is None
