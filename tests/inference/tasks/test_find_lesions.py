"""The main job, from volumes to a frozen result."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.core.kit.errors import ModelError, QuantityError
from app.core.kit.jobs import JobContext, JobQueue, JobState
from app.core.lesions.lesion import LesionStatus
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import fused_as_read
from app.core.study.provenance import SuvScale
from app.core.study.study import Choice, Patient, Study
from app.io.write.documents.lesions import csv_text, records
from inference.engine.devices import has_fast_bf16
from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.lesions import novelty
from inference.lesions.scoring import score_candidates, with_room
from inference.models import packages
from inference.models.checks import check_tracer
from inference.prepare.body import body_box, has_uptake
from inference.tasks.find_lesions import FindLesionsRequest, find_lesions, request_for
from tests.support.tiny_model import (
    threshold_network,
    write_score_package,
    write_segmentation_package,
)

GRID = ImageGrid.from_spacing((34, 44, 40), (4.0, 5.0, 5.0), (-100.0, -110.0, 30.0), "1.2.3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write packages that outline SUV 2.5 and more, and call everything a lesion."""
    write_segmentation_package(tmp_path)
    write_score_package(tmp_path)
    return tmp_path


def _pet() -> np.ndarray:
    suv = np.full(GRID.shape_kji, 0.05, np.float32)
    suv[:, 8:36, 8:32] = 0.8
    suv[8:13, 18:23, 12:17] = 9.0
    suv[22:28, 25:29, 22:27] = 4.0
    return suv


def _request(folder: Path, **more: Any) -> FindLesionsRequest:
    pet = Volume(GRID, more.pop("suv", _pet()), Quantity.SUV_BW, "1.2.3.4")
    ct = Volume(GRID, np.zeros(GRID.shape_kji, np.int16), Quantity.HU, "1.2.3.5")
    settings = {"ct_hu": ct, "samples": 3, "device": "cpu", "tracer": "FDG", **more}
    return FindLesionsRequest(pet, model_folders=(folder,), **settings)


def test_lesions_are_found_measured_and_traced(folder: Path) -> None:
    suv = SuvScale("SUVbw", 1.0, "already SUV")
    told: list[tuple[float, str]] = []
    found = find_lesions(
        replace(_request(folder), suv=suv),
        JobContext(lambda f, m: told.append((f, m))),
    )
    first, second = found.segmentation.lesions
    assert (first.name, first.label, second.name, second.label) == ("L1", 1, "L2", 2)
    assert first.status is LesionStatus.CANDIDATE
    assert first.lesion_score == pytest.approx(1.0 / (1.0 + np.exp(-2.0)))
    assert first.score_samples == pytest.approx((first.lesion_score,) * 3), "only its bias speaks"
    assert first.novelty is None, "the package knows nothing of its training"
    assert first.outside_training is None
    assert first.source == "petct-lesion 0.1"
    truth = _pet() >= 2.5
    mine = found.segmentation.labels.dense() > 0
    assert 2 * (truth & mine).sum() / (truth.sum() + mine.sum()) > 0.85
    values = found.biomarkers[first.id]
    assert values["suv_max"] == 9.0
    interval = values.interval("mtv_ml")
    assert interval is not None
    assert interval[0] < interval[1]
    assert found.totals().count == 2
    assert found.uncertainty is not None
    assert found.probability is not None
    labels = found.segmentation.labels.dense()
    assert first.uncertainty == pytest.approx(found.uncertainty.array[labels == 1].mean(), rel=1e-4)
    assert found.probability.quantity is Quantity.PROBABILITY
    assert found.probability.array[labels > 0].min() >= 0.5
    assert found.probability.grid == found.segmentation.grid == GRID
    provenance = found.provenance
    assert provenance.suv is suv
    assert provenance.series_uids == {"PET": "1.2.3.4", "CT": "1.2.3.5"}
    assert set(provenance.weights_sha256) == {"petct-lesion", "petct-lesion-score"}
    for name, sha256 in provenance.weights_sha256.items():
        assert packages.find_model(name, [folder]).weights_sha256 == sha256
    assert (provenance.samples, provenance.seed, provenance.device) == (3, 0, "cpu")
    assert provenance.software["torch"] == torch.__version__
    precision = "bfloat16" if has_fast_bf16() else "float32"
    assert provenance.runners == {
        "petct-lesion": f"torch {torch.__version__}, {precision}",
        "petct-lesion-score": f"torch {torch.__version__}, float32",
    }
    assert provenance.to_json()["runners"] == provenance.runners
    assert provenance.warnings == ()
    fractions = [f for f, _ in told]
    assert fractions == sorted(fractions)
    messages = " ".join(m for _, m in told)
    for stage in ("Preparing", "window 1 of", "Sampling 3 of 3", "Scoring 1 of 2", "Measuring"):
        assert stage in messages


def test_a_seed_fixes_the_numbers(folder: Path) -> None:
    one, two = (find_lesions(_request(folder), JobContext()) for _ in range(2))
    other = find_lesions(_request(folder, seed=1), JobContext())
    assert one.probability is not None
    assert two.probability is not None
    assert other.probability is not None
    np.testing.assert_array_equal(one.probability.array, two.probability.array)
    np.testing.assert_array_equal(one.segmentation.labels.dense(), two.segmentation.labels.dense())
    for a, b in zip(one.biomarkers.values(), two.biomarkers.values(), strict=True):
        assert a.values == b.values
    assert not np.array_equal(one.probability.array, other.probability.array)


def test_low_scores_are_physiological_and_do_not_count(tmp_path: Path) -> None:
    write_segmentation_package(tmp_path)
    write_score_package(tmp_path, logit=-1.0)
    found = find_lesions(_request(tmp_path), JobContext())
    assert {x.status for x in found.segmentation.lesions} == {LesionStatus.PHYSIOLOGICAL}
    assert found.totals().count == 0
    assert len(found.biomarkers) == 2, "they are measured all the same"


def test_lesions_come_before_physiological_uptake(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.lesions import scoring

    monkeypatch.setattr(
        scoring, "score_candidates", lambda *_, **__: np.array([[0.1, 0.8], [0.3, 1.0]])
    )
    found = find_lesions(_request(folder), JobContext())
    first, second = found.segmentation.lesions
    assert (first.status, second.status) == (LesionStatus.CANDIDATE, LesionStatus.PHYSIOLOGICAL)
    assert [first.lesion_score, second.lesion_score] == [pytest.approx(0.9), pytest.approx(0.2)]
    assert found.biomarkers[first.id]["suv_max"] == 4.0
    assert found.biomarkers[second.id]["suv_max"] == 9.0
    for lesion in (first, second):
        interval = found.biomarkers[lesion.id].interval("suv_mean")
        assert interval is not None
        assert interval[0] <= found.biomarkers[lesion.id]["suv_mean"] * 1.2


def test_each_candidate_carries_its_samples_and_novelty(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.lesions import scoring

    monkeypatch.setattr(
        scoring, "score_candidates", lambda *_, **__: np.array([[0.1, 0.8], [0.3, 1.0]])
    )
    package = folder / "petct-lesion-score"
    known = novelty.Novelty(np.zeros((2, 16), np.float32), np.eye(16, dtype=np.float32), 1e-3)
    novelty.save_novelty(known, package / novelty.FILE)
    sha256 = hashlib.sha256((package / novelty.FILE).read_bytes()).hexdigest()
    card = package / "model.toml"
    text = card.read_text(encoding="utf-8")
    text += f'novelty_file = "{novelty.FILE}"\nnovelty_sha256 = "{sha256}"\n'
    card.write_text(text, encoding="utf-8")
    found = find_lesions(_request(folder, samples=2), JobContext())
    first, second = found.segmentation.lesions
    assert first.score_samples == (0.8, 1.0)
    assert second.score_samples == (0.1, 0.3)
    for lesion in (first, second):
        assert lesion.novelty is not None
        assert lesion.novelty > 1.0
        assert lesion.outside_training
    assert first.novelty != second.novelty
    row, other = records(found.segmentation, found.biomarkers)
    assert row["score_samples"] == [0.8, 1.0]
    assert row["lesion_score_interval"] == pytest.approx([0.81, 0.99])
    assert (row["novelty"], row["outside_training"]) == (first.novelty, True)
    header = csv_text([row, other], found.provenance).splitlines()[0].split(",")
    place = header.index("lesion_score")
    assert header[place + 1 : place + 3] == ["lesion_score_low", "lesion_score_high"]
    assert any("2 of 2 candidates look unlike" in x for x in found.provenance.warnings)
    card.write_text(text + "novelty_limit = 1e9\n", encoding="utf-8")
    found = find_lesions(_request(folder, samples=0), JobContext())
    assert [x.outside_training for x in found.segmentation.lesions] == [False, False]
    assert all(x.score_samples == () for x in found.segmentation.lesions)
    for row in records(found.segmentation, found.biomarkers):
        assert row["score_samples"] is None
        assert row["lesion_score_interval"] is None
        assert row["novelty"] > 0
        assert row["outside_training"] is False


def test_without_a_score_model_candidates_have_no_score(tmp_path: Path) -> None:
    write_segmentation_package(tmp_path)
    card = tmp_path / "petct-lesion" / "model.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text + 'score_model = "not-there"\n', encoding="utf-8")
    found = find_lesions(_request(tmp_path), JobContext())
    assert [x.lesion_score for x in found.segmentation.lesions] == [None, None]
    assert [x.outside_training for x in found.segmentation.lesions] == [None, None]
    assert any("not scored" in x for x in found.provenance.warnings)
    assert found.totals().count == 2


def test_no_lesion_is_a_valid_result(folder: Path) -> None:
    for suv in (np.zeros(GRID.shape_kji), np.full(GRID.shape_kji, 1.2)):
        found = find_lesions(_request(folder, suv=suv), JobContext())
        assert found.segmentation.lesions == ()
        assert found.biomarkers == {}
        assert found.totals().count == 0
        assert not found.segmentation.labels.present()


def test_zero_samples_give_no_intervals(folder: Path) -> None:
    found = find_lesions(_request(folder, samples=0), JobContext())
    values = next(iter(found.biomarkers.values()))
    assert values.interval("mtv_ml") is None
    with pytest.raises(ModelError, match="negative"):
        find_lesions(_request(folder, samples=-1), JobContext())


def test_only_suv_is_searched(folder: Path) -> None:
    pet = Volume(GRID, _pet() * 1e4, Quantity.BQML)
    with pytest.raises(QuantityError, match=r"Bq/ml.*Type in"):
        find_lesions(replace(_request(folder), pet_suvbw=pet), JobContext())


def test_another_task_is_no_lesion_search(folder: Path) -> None:
    with pytest.raises(ModelError, match="score-candidates"):
        find_lesions(_request(folder, model_id="petct-lesion-score"), JobContext())
    with pytest.raises(ModelError, match="no model named"):
        find_lesions(_request(folder, model_id="nobody"), JobContext())


def _warnings(request: FindLesionsRequest) -> str:
    return " ".join(find_lesions(request, JobContext()).provenance.warnings)


def test_inputs_that_need_care_are_warned_about(folder: Path) -> None:
    bad = _pet()
    bad[0, 0, :3] = np.nan
    bad[0, 1, 0] = np.inf
    assert "4 voxels of the PET" in _warnings(_request(folder, suv=bad, samples=0))
    assert "There is no CT" in _warnings(_request(folder, ct_hu=None, samples=0))
    assert "above the 100" in _warnings(_request(folder, suv=_pet() * 20, samples=0))
    assert "check the SUV scale" in _warnings(_request(folder, suv=_pet() / 20, samples=0))
    assert "PSMA" in _warnings(_request(folder, tracer="Gallium-68 PSMA", samples=0))
    assert "does not name its tracer" in _warnings(_request(folder, tracer="", samples=0))


def test_a_ct_that_is_not_aligned_is_not_used(folder: Path) -> None:
    air = np.zeros(GRID.shape_kji, np.int16)
    affine = np.array(GRID.affine_lps_mm)
    other_frame = Volume(ImageGrid(GRID.shape_kji, affine, "9.9"), air, Quantity.HU)
    affine[2, 3] += 1000.0
    elsewhere = Volume(ImageGrid(GRID.shape_kji, affine, "1.2.3"), air, Quantity.HU)
    affine[2, 3] -= 950.0
    partly = Volume(ImageGrid(GRID.shape_kji, affine, "1.2.3"), air, Quantity.HU)
    assert "frames of reference" in _warnings(_request(folder, ct_hu=other_frame, samples=0))
    assert "do not overlap" in _warnings(_request(folder, ct_hu=elsewhere, samples=0))
    assert "% of the PET's length" in _warnings(_request(folder, ct_hu=partly, samples=0))
    found = find_lesions(_request(folder, ct_hu=other_frame, samples=0), JobContext())
    assert "CT" not in found.provenance.series_uids
    card = folder / "petct-lesion" / "model.toml"
    text = card.read_text(encoding="utf-8").replace("required = false", "required = true")
    card.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="needs a CT"):
        find_lesions(_request(folder, ct_hu=other_frame, samples=0), JobContext())


def test_the_ct_of_a_study_that_is_not_aligned_is_named_as_the_reason(folder: Path) -> None:
    """Not that there is none: the reader sees one beside the PET."""
    asked = _request(folder, samples=0)
    assert asked.ct_hu is not None
    other = ImageGrid(GRID.shape_kji, GRID.affine_lps_mm, "9.9")
    choice = Choice(asked.pet_suvbw.series_uid, asked.ct_hu.series_uid, "")
    ct = replace(asked.ct_hu, grid=other)
    study = Study(Patient(), "", "", (), choice, asked.pet_suvbw, ct, None, aligned=False)
    request = replace(request_for(study, samples=0, device="cpu"), model_folders=(folder,))
    said = _warnings(request)
    assert "PET and CT have different frames of reference: lesions were searched in the PET" in said
    fused = replace(request_for(fused_as_read(study), samples=0), model_folders=(folder,))
    found = find_lesions(replace(fused, device="cpu"), JobContext())
    assert found.provenance.series_uids["CT"] == asked.ct_hu.series_uid
    assert "on the reader's word" in found.provenance.alignments[0].sentence()


@pytest.mark.parametrize(
    ("tracer", "known"),
    [
        ("FDG", True),
        ("Fluorodeoxyglucose F^18^", True),
        ("FDG -- fluorodeoxyglucose", True),
        ("F-18 Fludeoxyglucose", True),
        ("FLT", False),
        ("Fluorothymidine F^18^", False),
    ],
)
def test_tracers_are_known_by_their_names(folder: Path, tracer: str, known: bool) -> None:
    card = packages.find_model("petct-lesion", [folder])
    full = replace(card, tracers=("FDG (fluorodeoxyglucose F-18)",))
    assert (check_tracer(card, tracer) == []) is known
    assert (check_tracer(full, tracer) == []) is known


class _Failing(torch.nn.Module):
    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_a_network_that_raises_fails_the_job_with_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "load_network", lambda *_: _Failing())
    with JobQueue("device") as queue:
        job = queue.submit("Find lesions", lambda c: find_lesions(_request(folder), c))
        report = job.wait(30.0)
        assert report.state is JobState.FAILED
        assert isinstance(report.error, ModelError)
        assert isinstance(report.error.__cause__, RuntimeError)
        assert "petct-lesion failed" in report.message
        monkeypatch.undo()
        again = queue.submit("Find lesions", lambda c: find_lesions(_request(folder), c))
        assert again.wait(60.0).state is JobState.DONE, "the thread lives on"


def test_a_score_network_that_runs_out_of_memory_moves_to_the_cpu() -> None:
    class Hungry(torch.nn.Module):
        def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
            if fine.device.type != "cpu":
                raise torch.OutOfMemoryError("out of memory")
            return fine[:, 4].sum(dim=(1, 2, 3)) - 8.0

    channels = np.zeros((4, 20, 20, 20), np.float32)
    labels = np.zeros((20, 20, 20), np.uint16)
    labels[4:6, 4:6, 4:6], labels[10:12, 10:12, 10:11] = 1, 2
    told: list[str] = []

    def attempt(plan: Plan) -> np.ndarray:
        runner = TorchRunner(Hungry(), plan)
        return score_candidates(
            runner, channels, labels, [1, 2], JobContext(), samples=0, temperature=2.0
        )

    scores = with_room(Plan((), "meta"), attempt, told.append)
    np.testing.assert_allclose(scores, [[0.5, 1.0 / (1.0 + np.exp(2.0))]])
    assert len(told) == 1


def test_the_search_looks_only_where_there_is_uptake() -> None:
    channels = np.zeros((4, 60, 100, 100), np.float32)
    channels[0, :, 30:70, 20:60] = 0.08
    channels[0, 5, 90, 90] = 0.5  # a speck of noise
    uptake = has_uptake(channels)
    assert uptake[:, 30:70, 20:60].all()
    assert not uptake[5, 90, 90]
    box = body_box(uptake, (32, 32, 64))
    assert box == (slice(0, 60), slice(26, 74), slice(8, 72))
    nothing = np.zeros((10, 20, 30), bool)
    assert body_box(nothing, (8, 8, 8)) == (slice(0, 10), slice(0, 20), slice(0, 30))
    corner = nothing.copy()
    corner[9, 19, 29] = True
    assert body_box(corner, (8, 8, 40)) == (slice(2, 10), slice(12, 20), slice(0, 30))


def test_a_small_lesion_at_the_edge_of_the_field_of_view_is_found(folder: Path) -> None:
    suv = np.full(GRID.shape_kji, 0.8, np.float32)
    suv[0:3, 0:3, 0:3] = 9.0
    found = find_lesions(_request(folder, suv=suv, samples=0), JobContext())
    (lesion,) = found.segmentation.lesions
    assert found.segmentation.labels.voxel((0, 0, 0)) == lesion.label


@pytest.mark.slow
def test_samples_differ_more_with_more_dropout(tmp_path: Path) -> None:
    spans = []
    for dropout in (0.02, 0.4):
        root = tmp_path / str(dropout)
        network = threshold_network(dropout=dropout)
        write_segmentation_package(root, network=network, dropout=dropout)
        found = find_lesions(_request(root, samples=6), JobContext())
        interval = next(iter(found.biomarkers.values())).interval("mtv_ml")
        assert interval is not None
        spans.append(interval[1] - interval[0])
    assert spans[1] > spans[0]
