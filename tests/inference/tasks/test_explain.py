"""Explaining a lesion's score, from an open study to a map on the PET's grid."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from app.core.kit.errors import InputError, JobCancelled, ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.saliency import SaliencyMethod
from app.core.space.alignment import RigidMotion, motion_matrix
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import aligned_placement, placed, start_alignment
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study
from inference.tasks.explain import explain, explain_request
from inference.tasks.find_lesions import find_lesions, request_for
from tests.support.tiny_model import score_network, write_score_package, write_segmentation_package

METHODS = list(SaliencyMethod)
SPOTS_LPS_MM = ((-20.0, 30.0, 60.0), (40.0, -15.0, 110.0))


def _grid() -> ImageGrid:
    """Return a grid that is turned by 20 degrees, flipped and anisotropic; k runs to the left."""
    turn = np.deg2rad(20.0)
    c, s = np.cos(turn), np.sin(turn)
    affine = np.eye(4)
    affine[:3, 0] = np.array([c, s, 0.0]) * 5.0
    affine[:3, 1] = np.array([0.0, 0.0, -1.0]) * 3.5
    affine[:3, 2] = np.array([-s, c, 0.0]) * 4.5
    shape = (36, 48, 34)
    middle = affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    affine[:3, 3] = np.array([10.0, 5.0, 85.0]) - middle
    return ImageGrid(shape, affine, "1.2.3")


def _study() -> Study:
    grid = _grid()
    index = np.moveaxis(np.indices(grid.shape_kji), 0, -1).reshape(-1, 3)
    points = grid.points_lps_mm(index).reshape(*grid.shape_kji, 3)
    suv = np.full(grid.shape_kji, 0.8, np.float32)
    for spot, value in zip(SPOTS_LPS_MM, (9.0, 5.0), strict=True):
        suv[np.linalg.norm(points - spot, axis=-1) < 12.0] = value
    pet = Volume(grid, suv, Quantity.SUV_BW, "1.2.3.4")
    ct = Volume(grid, np.zeros(grid.shape_kji, np.int16), Quantity.HU, "1.2.3.5")
    return Study(Patient(), "", "", (), Choice("1.2.3.4", "1.2.3.5", ""), pet, ct, None, True)


def _uptake_network() -> torch.nn.Module:
    """Make a score network whose logit grows with the uptake in its crops alone."""
    network = score_network()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if value.dim() == 5:
                value.zero_()
                if value.shape[1] == 5:
                    value[:, 1] = 1.0 / 27.0
                else:
                    value[:, :, 1, 1, 1] = 1.0 / value.shape[1]
            elif name.startswith("head"):
                value.fill_(0.5 if value.dim() == 2 else 0.0)
    return network


def _set_weights(package: Path, network: torch.nn.Module) -> None:
    weights, card = package / "weights.safetensors", package / "model.toml"
    before = hashlib.sha256(weights.read_bytes()).hexdigest()
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, weights)
    after = hashlib.sha256(weights.read_bytes()).hexdigest()
    card.write_text(card.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    write_segmentation_package(root)
    _set_weights(write_score_package(root), _uptake_network())
    return root


@pytest.fixture(scope="module")
def study() -> Study:
    return _study()


@pytest.fixture(scope="module")
def analysis(folder: Path, study: Study) -> LesionAnalysis:
    request = replace(request_for(study, samples=0, device="cpu"), model_folders=(folder,))
    return find_lesions(request, JobContext())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_the_map_lies_on_the_lesion_on_the_pets_own_grid(
    folder: Path, study: Study, analysis: LesionAnalysis, method: SaliencyMethod
) -> None:
    assert len(analysis.segmentation.lesions) == 2
    lesion = analysis.segmentation.lesions[0]
    request = explain_request(study, analysis, lesion.id, method, "cpu", model_folders=(folder,))
    told: list[float] = []
    found = explain(request, JobContext(lambda f, _: told.append(f)))
    assert (found.lesion_id, found.method) == (lesion.id, method)
    assert found.segmentation_id == analysis.segmentation.id
    assert found.revision == 0
    assert found.model_id == "petct-lesion-score"
    assert found.score == pytest.approx(lesion.lesion_score, abs=1e-5)
    volume = found.volume
    assert volume.grid == analysis.segmentation.grid
    assert volume.array.dtype == np.float32
    assert volume.array.min() >= 0.0
    assert volume.array.max() == 1.0
    # The hotter of two balls, 90 mm apart, moves a network of uptake most.
    weighted = np.argwhere(volume.array > 0.9).mean(axis=0)
    apart_mm = np.linalg.norm(volume.grid.points_lps_mm(weighted) - SPOTS_LPS_MM[0])
    # Occluded blocks are 24 mm wide.
    assert apart_mm < (20.0 if method is SaliencyMethod.OCCLUSION else 10.0)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_physiological_uptake_is_explained_by_what_speaks_against(
    folder: Path, study: Study, tmp_path: Path
) -> None:
    """The sign turns with the call: cold surroundings cannot speak for a lesion."""
    write_segmentation_package(tmp_path)
    network = _uptake_network()
    with torch.no_grad():
        dict(network.named_parameters())["head.4.weight"].mul_(-1.0)
    _set_weights(write_score_package(tmp_path), network)
    request = replace(request_for(study, samples=0, device="cpu"), model_folders=(tmp_path,))
    found = find_lesions(request, JobContext())
    lesion = found.segmentation.lesions[0]
    assert lesion.status is LesionStatus.PHYSIOLOGICAL
    method = SaliencyMethod.INTEGRATED_GRADIENTS
    asked = explain_request(study, found, lesion.id, method, "cpu", model_folders=(tmp_path,))
    volume = explain(asked, JobContext()).volume
    inside = found.segmentation.labels.dense() == lesion.label
    assert volume.array[inside].mean() > 20.0 * volume.array[~inside].mean()


def test_what_cannot_be_explained_is_said(
    folder: Path, study: Study, analysis: LesionAnalysis
) -> None:
    lesion = analysis.segmentation.lesions[0]
    method = SaliencyMethod.GRAD_CAM

    def ask(found: LesionAnalysis, lesion_id: str = lesion.id, revision: int | None = None) -> None:
        explain_request(study, found, lesion_id, method, revision=revision, model_folders=(folder,))

    with pytest.raises(InputError, match="not in the table"):
        ask(analysis, "nobody")
    with pytest.raises(InputError, match="have changed since"):
        ask(analysis, revision=3)
    unscored = replace(lesion, lesion_score=None)
    outlines = replace(analysis.segmentation, lesions=(unscored,))
    with pytest.raises(InputError, match="no score"):
        ask(replace(analysis, segmentation=outlines))
    nothing = np.zeros(analysis.segmentation.grid.shape_kji, np.uint16)
    empty = replace(analysis.segmentation, labels=Labelmap.from_array(nothing))
    with pytest.raises(InputError, match="no voxel"):
        ask(replace(analysis, segmentation=empty))
    other = replace(study, pet=None)
    with pytest.raises(InputError, match="do not belong"):
        explain_request(other, analysis, lesion.id, method, model_folders=(folder,))


def test_a_ct_that_was_moved_since_is_not_taken_for_the_one_that_was_searched(
    folder: Path, study: Study, analysis: LesionAnalysis
) -> None:
    start = start_alignment(study, "CT")
    shift = RigidMotion(shift_lps_mm=(5.0, 0.0, 0.0))
    alignment = replace(start, matrix_lps_mm=motion_matrix(shift, start.pivot_lps_mm))
    moved = placed(study, aligned_placement(study, alignment))
    lesion, method = analysis.segmentation.lesions[0], SaliencyMethod.GRAD_CAM
    assert "CT" in analysis.provenance.series_uids
    assert analysis.provenance.alignments == ()
    with pytest.raises(InputError, match="moved after the lesions were found"):
        explain_request(moved, analysis, lesion.id, method, model_folders=(folder,))
    asked = replace(request_for(moved, samples=0, device="cpu"), model_folders=(folder,))
    again = find_lesions(asked, JobContext())
    assert again.provenance.alignments == (alignment,)
    assert again.provenance.to_json()["alignments"][0]["shift_lps_mm"] == [5.0, 0.0, 0.0]
    lesion = again.segmentation.lesions[0]
    request = explain_request(moved, again, lesion.id, method, model_folders=(folder,))
    assert request.ct_hu is moved.ct


def test_the_score_package_must_be_the_one_that_scored(
    folder: Path, study: Study, analysis: LesionAnalysis, tmp_path: Path
) -> None:
    lesion = analysis.segmentation.lesions[0]

    def ask(provenance: Provenance, root: Path) -> None:
        found = replace(analysis, provenance=provenance)
        explain_request(study, found, lesion.id, SaliencyMethod.GRAD_CAM, model_folders=(root,))

    alone = {"petct-lesion": analysis.provenance.weights_sha256["petct-lesion"]}
    with pytest.raises(ModelError, match="not scored by a network"):
        ask(replace(analysis.provenance, weights_sha256=alone), folder)
    write_score_package(tmp_path)
    with pytest.raises(ModelError, match="has changed since this search"):
        ask(analysis.provenance, tmp_path)
    gone = {**alone, "gone-score": "0"}
    with pytest.raises(ModelError, match="no model named gone-score"):
        ask(replace(analysis.provenance, weights_sha256=gone), folder)


def test_a_network_that_nothing_moves_is_said(
    study: Study, analysis: LesionAnalysis, tmp_path: Path
) -> None:
    package = write_score_package(tmp_path)
    sha256 = hashlib.sha256((package / "weights.safetensors").read_bytes()).hexdigest()
    hashes = {**analysis.provenance.weights_sha256, "petct-lesion-score": sha256}
    found = replace(analysis, provenance=replace(analysis.provenance, weights_sha256=hashes))
    lesion = analysis.segmentation.lesions[0]
    for method in METHODS[:2]:
        request = explain_request(study, found, lesion.id, method, "cpu", model_folders=(tmp_path,))
        with pytest.raises(ModelError, match="found no place"):
            explain(request, JobContext())


def test_a_failing_network_and_a_cancel(
    folder: Path, study: Study, analysis: LesionAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesion = analysis.segmentation.lesions[0]
    request = explain_request(
        study, analysis, lesion.id, SaliencyMethod.INTEGRATED_GRADIENTS, "cpu",
        model_folders=(folder,),
    )  # fmt: skip
    context = JobContext()
    seen: list[float] = []

    def tell(fraction: float, _: str) -> None:
        seen.append(fraction)
        if fraction > 0.3:
            context.cancel()

    context = JobContext(tell)
    with pytest.raises(JobCancelled):
        explain(request, context)
    assert max(seen) < 0.6
    network = _uptake_network()
    monkeypatch.setattr(network, "head", torch.nn.Linear(3, 1))
    monkeypatch.setattr("inference.models.packages.load_network", lambda *_: network)
    with pytest.raises(ModelError, match="failed on this lesion"):
        explain(request, JobContext())
