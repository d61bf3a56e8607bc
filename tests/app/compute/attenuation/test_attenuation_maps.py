"""Maps of a study's CT with their voltage, and the effect of a synthetic CT against a real one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import app.io.write.synthetic_report as report_module
from app.compute.attenuation.factors import MODEL, mu_map
from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.space.alignment import AlignmentSource, RigidAlignment
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study
from app.io.write.synthetic_report import (
    factors_against,
    factors_of_synthetic,
    mu_of_ct,
    mu_of_synthetic,
)

FRAME = "1.2"


def volume(hu: np.ndarray, series: str = "1.4", z_mm: float = 0.0) -> Volume:
    grid = ImageGrid.from_spacing(hu.shape, (5.0, 4.0, 4.0), (0.0, 0.0, z_mm), FRAME)
    return Volume(grid, hu.astype(np.float32), Quantity.HU, series)


def block(hu: float = 0.0, slices: int = 4) -> np.ndarray:
    """Make a block in air, 8 cm wide and 40 cm long."""
    array = np.full((slices, 100, 40), -1000.0)
    array[:, :, 10:30] = hu
    return array


def study_with(ct: Volume | None) -> Study:
    uid = None if ct is None else ct.series_uid
    return Study(Patient(), "", "", (), Choice(None, uid, "test"), None, ct, None, True)


def synthetic(image: Volume) -> DerivedImage:
    stated = Provenance({}, {"MR": "1.5"}, model_id="some-network", warnings=("Careful.",))
    return DerivedImage(
        "s", DerivedKind.SYNTHETIC_CT, "Synthetic CT", image, None, {"MR": "1.5"}, stated
    )


@pytest.mark.parametrize(
    ("header", "given", "table", "said"),
    [
        (140.0, None, 140, ""),
        (140.0, 100.0, 100, ""),
        (None, None, 120, "does not state its tube voltage; 120 kV was assumed"),
        (0.0, None, 120, "No CT is taken at 0 kV, as its header states; 120 kV was assumed"),
        (135.0, None, 140, "taken at 135 kV; the model's nearest voltage, 140 kV"),
        (None, 85.0, 80, "taken at 85 kV"),
    ],
)
def test_the_voltage_is_the_headers_or_the_readers_or_is_said_to_be_assumed(
    header: float | None,
    given: float | None,
    table: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "ct_kvp", lambda _study: header)
    ct = volume(block(900.0))
    image = mu_of_ct(study_with(ct), given)
    assert (image.kind, image.title) == (DerivedKind.MU_MAP, f"Mu-map 511 keV (CT, {table} kV)")
    np.testing.assert_array_equal(image.volume.array, mu_map(ct, table).array)
    assert image.volume.grid == ct.grid
    assert image.source_uids == {"CT": "1.4"}
    stated = image.provenance
    assert stated.series_uids == {"CT": "1.4"}
    assert stated.method is not None
    assert stated.method.startswith(MODEL)
    assert f"the CT at {table} kV" in stated.method
    assert stated.to_json()["method"] == stated.method
    assert len(stated.warnings) == bool(said)
    assert said in " ".join(stated.warnings)


def test_a_moved_ct_says_so() -> None:
    ct = volume(block())
    moved = RigidAlignment(np.eye(4), AlignmentSource.MANUAL, "CT", "1.4", "1.1", FRAME, FRAME)
    study = replace(study_with(ct), alignments=(moved, replace(moved, moving_uid="9.9")))
    assert mu_of_ct(study).provenance.alignments == (moved,)


def test_the_map_of_a_synthetic_ct_keeps_what_made_it() -> None:
    image = mu_of_synthetic(synthetic(volume(block(900.0))))
    assert image.title == "Mu-map 511 keV (synthetic CT, 140 kV)"
    assert image.source_uids == {"MR": "1.5"}
    stated = image.provenance
    assert (stated.model_id, stated.warnings) == ("some-network", ("Careful.",))
    assert "from the synthetic CT at 140 kV" in str(stated.method)


def test_no_ct_no_map() -> None:
    with pytest.raises(InputError, match="no CT in this study") as refused:
        mu_of_ct(study_with(None))
    assert "--ct" in refused.value.next_step
    with pytest.raises(InputError, match="no CT to compare"):
        factors_of_synthetic(study_with(None), synthetic(volume(block())))


def test_it_can_be_cancelled() -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        mu_of_ct(study_with(volume(block())), 120.0, context)


def test_only_what_the_real_ct_shows_is_compared() -> None:
    """The real CT ends a slice and half a block earlier: there is no difference, and no slice."""
    real = block()[1:, :60]
    ct = volume(real, z_mm=5.0)
    mu = mu_map(volume(block()), 120.0)
    effect = factors_against(ct, 120.0, mu)
    assert [x.index_k for x in effect.slices if x.lines] == [1, 2, 3]
    assert effect.mean_absolute_percent == pytest.approx(0.0, abs=1e-4)


def test_another_pose_counts_in_the_whole_field_and_not_inside_the_body() -> None:
    """The synthetic CT shows more tissue where the real one shows air: pose, no error in HU."""
    real = block()
    wider = real.copy()
    wider[:, :, np.flatnonzero((real > -500.0).any(axis=(0, 1))).max() + 1 :][..., :6] = 0.0
    effect = factors_against(volume(real), 120.0, mu_map(volume(wider), 120.0))
    assert effect.mean_percent > 5.0
    assert effect.in_body_mean_absolute_percent == pytest.approx(0.0, abs=1e-4)
    # An error inside the body counts in both.
    hot = np.where(real > -500.0, real + 100.0, real).astype(np.float32)
    effect = factors_against(volume(real), 120.0, mu_map(volume(hot), 120.0))
    assert effect.in_body_mean_percent == pytest.approx(effect.mean_percent, rel=0.05)
    assert effect.in_body_mean_percent > 1.0


def test_an_assumed_voltage_is_told_with_the_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    study, made = study_with(volume(block(20.0))), synthetic(volume(block()))
    for header, said in ((120.0, ""), (None, "120 kV was assumed")):
        monkeypatch.setattr(report_module, "ct_kvp", lambda _study, kvp=header: kvp)
        effect, assumed = factors_of_synthetic(study, made)
        assert effect.mean_percent < 0.0
        assert bool(assumed) == bool(said)
        assert said in assumed
