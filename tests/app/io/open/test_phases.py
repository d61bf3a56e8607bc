"""4D and gated series: one phase is shown and said, any other can be had, none is mixed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.study.study import Phases, Study
from app.io.open.info import describe
from app.io.open.phases import with_phase
from app.io.open.study import open_study, with_overrides
from tests.support.dicom_files import FACTOR, HALF_LIFE_S, affine_of, phantom, write_series

SHAPE = (4, 5, 6)


def write_phases(
    folder: Path, elements: list[dict[str, Any]], modality: str = "PT", **others: Any
) -> tuple[str, list[np.ndarray]]:
    """Write one series with a phase for each set of elements; return its UID and values."""
    stored = [phantom(SHAPE, seed) for seed in range(1, len(elements) + 1)]
    if modality == "CT":
        stored = [s % 2000 for s in stored]
    uid = None
    for n, (values, own) in enumerate(zip(stored, elements, strict=True)):
        place = folder / f"phase{n}"
        uid = write_series(
            place, values, affine_of(), modality, series_uid=uid, **{**others, **own}
        )
    assert uid is not None
    return uid, stored


def shown(study: Study) -> Phases:
    assert len(study.phases) == 1
    return study.phases[0]


def pet(study: Study) -> np.ndarray:
    assert study.pet is not None
    return study.pet.array


def test_dynamic_pet_shows_the_first_frame_and_any_other(tmp_path: Path) -> None:
    times = [
        {"AcquisitionTime": t, "FrameReferenceTime": r, "ActualFrameDuration": d}
        for t, r, d in (
            ("110000", 3e4, "60000"),
            ("110100", 9e4, "60000"),
            ("110200", 2e5, "180000"),
        )
    ]
    uid, stored = write_phases(tmp_path, times)
    study = open_study([tmp_path])
    np.testing.assert_allclose(pet(study), stored[0] * FACTOR, rtol=1e-6)
    assert shown(study).labels == ("0–60 s", "60–120 s", "120–300 s")
    assert shown(study).sentence == "Time frame 1 of 3 (0–60 s)"
    assert any("3 time frames" in w and "the first" in w for w in study.warnings)
    third = with_phase(study, uid, 2)
    np.testing.assert_allclose(pet(third), stored[2] * FACTOR, rtol=1e-6)
    assert third.pet is not None
    assert study.pet is not None
    assert third.pet.grid == study.pet.grid
    assert [w for w in third.warnings if "time frame" in w.lower()] == [
        "PET: Time frame 3 of 3 (120–300 s) is shown."
    ]
    back = with_phase(third, uid, 0)
    np.testing.assert_array_equal(pet(back), pet(study))
    assert sum("ime frame" in w for w in back.warnings) == 1


def test_mean_of_frames_is_weighted_by_their_durations(tmp_path: Path) -> None:
    times = [
        {"AcquisitionTime": "110000", "ActualFrameDuration": "60000"},
        {"AcquisitionTime": "110100", "ActualFrameDuration": "180000"},
    ]
    uid, stored = write_phases(tmp_path, times)
    mean = with_phase(open_study([tmp_path]), uid, Phases.MEAN)
    wanted = (0.25 * stored[0] + 0.75 * stored[1]) * FACTOR
    np.testing.assert_allclose(pet(mean), wanted, rtol=1e-5)
    assert shown(mean).sentence == "Mean of 2 time frames"
    assert "PET: Mean of 2 time frames is shown." in mean.warnings


@pytest.mark.parametrize(
    ("elements", "kind", "labels"),
    [
        ([{"TriggerTime": 0.0}, {"TriggerTime": 400.0}], "gate", ("0 ms", "400 ms")),
        (
            [{"TemporalPositionIdentifier": 1}, {"TemporalPositionIdentifier": 2}],
            "phase",
            ("", ""),
        ),
    ],
)
def test_gates_go_by_their_own_tag_not_by_time(
    tmp_path: Path, elements: list[dict[str, Any]], kind: str, labels: tuple[str, ...]
) -> None:
    """Written last gate first in time: the gate's own tag decides."""
    clock = [{"AcquisitionTime": "110900"}, {"AcquisitionTime": "110000"}]
    uid, stored = write_phases(
        tmp_path,
        [e | t for e, t in zip(elements, clock, strict=True)],
        SeriesType=["GATED", "IMAGE"],
    )
    study = open_study([tmp_path])
    np.testing.assert_allclose(pet(study), stored[0] * FACTOR, rtol=1e-6)
    assert shown(study).kind == kind
    if labels[0]:
        assert shown(study).labels == labels
    np.testing.assert_allclose(pet(with_phase(study, uid, 1)), stored[1] * FACTOR, rtol=1e-6)


def test_frames_go_by_image_index_where_times_are_one(tmp_path: Path) -> None:
    """PS3.3 C.8.9.4.1.9: Image Index runs through all slices of a time slice, then on."""
    uid, stored = write_phases(tmp_path, [{}, {}], NumberOfSlices=4)
    for n in range(2):
        for path in (tmp_path / f"phase{n}").iterdir():
            dataset = dcmread(path)
            # The second folder holds the first time slice.
            dataset.ImageIndex = (1 - n) * 4 + int(dataset.InstanceNumber)
            dataset.save_as(path)
    study = open_study([tmp_path])
    np.testing.assert_allclose(pet(study), stored[1] * FACTOR, rtol=1e-6)
    np.testing.assert_allclose(pet(with_phase(study, uid, 1)), stored[0] * FACTOR, rtol=1e-6)


def test_a_frame_that_lacks_a_slice_is_left_out_and_said(tmp_path: Path) -> None:
    times = [{"AcquisitionTime": f"11000{n}"} for n in range(3)]
    uid, stored = write_phases(tmp_path, times)
    sorted((tmp_path / "phase0").iterdir())[1].unlink()
    study = open_study([tmp_path])
    np.testing.assert_allclose(pet(study), stored[1] * FACTOR, rtol=1e-6)
    assert len(shown(study).labels) == 2
    assert any("Time frame 1 of 3 lacks slices" in w for w in study.warnings)
    assert any("number 2" in w and "is shown" in w for w in study.warnings)
    np.testing.assert_allclose(pet(with_phase(study, uid, 1)), stored[2] * FACTOR, rtol=1e-6)


def test_factors_of_uncorrected_frames_are_their_own(tmp_path: Path) -> None:
    times = [{"AcquisitionTime": "110000"}, {"AcquisitionTime": "113000"}]
    uid, stored = write_phases(tmp_path, times, DecayCorrection="NONE")
    study = open_study([tmp_path])
    later = with_phase(study, uid, 1)
    assert study.suv is not None
    assert later.suv is not None
    assert study.suv.factor is not None
    assert later.suv.factor is not None
    gain = later.suv.factor / study.suv.factor
    assert gain == pytest.approx(2.0 ** (1800.0 / HALF_LIFE_S), rel=1e-6)
    np.testing.assert_allclose(pet(later), stored[1] * later.suv.factor, rtol=1e-6)
    mean = with_phase(later, uid, Phases.MEAN)
    wanted = 0.5 * (stored[0] * study.suv.factor + stored[1] * later.suv.factor)
    np.testing.assert_allclose(pet(mean), wanted, rtol=1e-5)
    assert mean.suv is not None
    assert any("a factor each" in w for w in mean.suv.warnings)
    back = with_phase(mean, uid, 0)
    assert back.suv is not None
    assert not any("a factor each" in w for w in back.suv.warnings)


def test_typed_values_hold_for_every_frame(tmp_path: Path) -> None:
    times = [{"AcquisitionTime": "110000"}, {"AcquisitionTime": "110500"}]
    uid, stored = write_phases(tmp_path, times)
    typed = with_overrides(open_study([tmp_path]), {"PatientWeight": 140.0})
    later = with_phase(typed, uid, 1)
    np.testing.assert_allclose(pet(later), stored[1] * 2.0 * FACTOR, rtol=1e-6)
    assert any("PatientWeight was typed in" in w for w in later.warnings)


def test_gated_ct_keeps_its_whole_hounsfield_units(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", phantom(SHAPE), affine_of())
    gates = [{"TriggerTime": 100.0 * n} for n in range(3)]
    uid, stored = write_phases(tmp_path / "ct", gates, "CT", intercept=-1024)
    study = open_study([tmp_path])
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, stored[0] - 1024)
    third = with_phase(study, uid, 2)
    assert third.ct is not None
    assert third.ct.array.dtype == np.int16
    np.testing.assert_array_equal(third.ct.array, stored[2] - 1024)
    assert third.pet is study.pet
    assert any(w.startswith("CT: Gate 3 of 3") for w in third.warnings)


def test_a_static_series_has_no_phases_and_says_so(tmp_path: Path) -> None:
    uid = write_series(tmp_path, phantom(SHAPE), affine_of())
    study = open_study([tmp_path])
    assert study.phases == ()
    with pytest.raises(InputError) as caught:
        with_phase(study, uid, 1)
    assert caught.value.next_step


def test_a_frame_that_went_missing_is_a_sentence_and_cancel_stops(tmp_path: Path) -> None:
    uid, _ = write_phases(tmp_path, [{"AcquisitionTime": "110000"}, {"AcquisitionTime": "110100"}])
    study = open_study([tmp_path])
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        with_phase(study, uid, 1, context)
    for path in (tmp_path / "phase1").iterdir():
        path.unlink()
    with pytest.raises(InputError) as caught:
        with_phase(study, uid, 1)
    assert caught.value.next_step
    with pytest.raises(InputError):
        with_phase(study, uid, 7)


def test_info_lists_the_phases(tmp_path: Path) -> None:
    write_phases(tmp_path, [{"TriggerTime": 0.0}, {"TriggerTime": 500.0}])
    (series,) = describe([tmp_path])["series"]
    assert series["phases"] == {"kind": "gate", "labels": ["0 ms", "500 ms"]}
    assert any("2 gates" in w for w in series["warnings"])


def test_a_static_series_is_preferred_to_a_dynamic_one(tmp_path: Path) -> None:
    write_phases(tmp_path / "dynamic", [{"AcquisitionTime": f"11000{n}"} for n in range(3)])
    uid = write_series(tmp_path / "static", phantom(SHAPE), affine_of())
    study = open_study([tmp_path])
    assert study.choice.pet_uid == uid
    assert study.phases == ()
