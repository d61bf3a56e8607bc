"""What every model package must do, whichever network it holds.

Runs over the packages in ``resources/models`` and over a tiny one with a known answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from app.core.kit.errors import JobCancelled, ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.models.card import ModelCard
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.engine import sliding
from inference.models import packages
from inference.tasks import find_lesions as task
from inference.tasks.find_lesions import FindLesionsRequest, find_lesions
from tests.support.tiny_model import write_score_package, write_segmentation_package

INSTALLED = [
    x for x in packages.available_models() if packages.builtin_folder() in x.folder.parents
]
SEARCHERS = ["tiny", *(x.id for x in INSTALLED if x.task == task.TASK)]
LARGEST_MIB = 20.0
POSITIONS_LPS_MM = ((-60.0, 10.0, 60.0), (45.0, -20.0, 110.0))
RADII_MM = (15.0, 12.0)


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_segmentation_package(folder, "tiny")
    write_score_package(folder)
    return folder


def _grid(kind: str) -> ImageGrid:
    """One box of the patient, sampled in different ways."""
    origin = np.array([-150.0, -110.0, 0.0])
    spacing = (3.0, 6.0, 4.5) if kind == "anisotropic" else (4.0, 4.5, 4.5)
    shape = tuple(int(n / s) for n, s in zip((170.0, 220.0, 300.0), spacing, strict=True))
    grid = ImageGrid.from_spacing(shape, spacing, tuple(origin))  # type: ignore[arg-type]
    affine = np.array(grid.affine_lps_mm)
    if kind == "flipped":
        affine[:3, 3] = grid.points_lps_mm([n - 1 for n in shape])
        affine[:3, :3] *= -1.0
    elif kind == "permuted":
        affine = affine[:, [2, 0, 1, 3]]
        shape = (shape[2], shape[0], shape[1])
    elif kind == "oblique":
        c, s = np.cos(0.15), np.sin(0.15)
        turn = np.eye(4)
        turn[1:3, 1:3] = [[c, -s], [s, c]]
        centre = grid.centre_lps_mm
        turn[:3, 3] = centre - turn[:3, :3] @ centre
        affine = turn @ affine
    return ImageGrid(shape, affine, "1.2.3")  # type: ignore[arg-type]


def _phantom(grid: ImageGrid) -> tuple[Volume, Volume]:
    """Make a body with two hot spheres, blurred as by a scanner; PET and CT on one grid."""
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape_kji), indexing="ij"), axis=-1)
    points = grid.points_lps_mm(index)
    body = ((points[..., 0] / 125.0) ** 2 + (points[..., 1] / 90.0) ** 2) < 1.0
    suv = np.where(body, 0.9, 0.02)
    for centre, radius in zip(POSITIONS_LPS_MM, RADII_MM, strict=True):
        suv[np.linalg.norm(points - np.array(centre), axis=-1) < radius] = 12.0
    sigma = 6.0 / 2.3548 / np.array(grid.spacing_kji_mm)
    pet = ndimage.gaussian_filter(suv, sigma, mode="nearest").astype(np.float32)
    ct = np.where(body, 40, -1000).astype(np.int16)
    return Volume(grid, pet, Quantity.SUV_BW, "1.1"), Volume(grid, ct, Quantity.HU, "1.2")


def _folders(model_id: str, tiny_folder: Path) -> tuple[Path, ...]:
    return (tiny_folder,) if model_id == "tiny" else ()


def _search(
    model_id: str, folders: tuple[Path, ...], pet: Volume, ct: Volume | None, **more: Any
) -> LesionAnalysis:
    context = more.pop("context", JobContext())
    settings = {"samples": 0, "device": "cpu", "tracer": "FDG", **more}
    request = FindLesionsRequest(pet, ct, model_id=model_id, model_folders=folders, **settings)
    return find_lesions(request, context)


@lru_cache(maxsize=16)
def _found_on(kind: str, model_id: str, folders: tuple[Path, ...]) -> LesionAnalysis:
    return _search(model_id, folders, *_phantom(_grid(kind)))


@pytest.mark.parametrize("model_id", SEARCHERS)
@pytest.mark.parametrize(
    ("kind", "agreement"),
    [("flipped", 0.98), ("permuted", 0.98), ("anisotropic", 0.75), ("oblique", 0.75)],
)
def test_outlines_agree_whatever_the_grid(
    model_id: str, kind: str, agreement: float, tiny_folder: Path
) -> None:
    folders = _folders(model_id, tiny_folder)
    plain = _found_on("plain", model_id, folders).segmentation
    other = _found_on(kind, model_id, folders).segmentation
    assert plain.labels.present(), "the phantom's spheres are found"
    # The outlines of the other grid, looked up at the plain grid's voxel centres.
    index = np.stack(np.meshgrid(*map(np.arange, plain.grid.shape_kji), indexing="ij"), axis=-1)
    at = np.round(other.grid.indices_kji(plain.grid.points_lps_mm(index))).astype(int)
    inside = np.all((at >= 0) & (at < np.array(other.grid.shape_kji)), axis=-1)
    moved = np.zeros(plain.grid.shape_kji, dtype=bool)
    moved[inside] = other.labels.dense()[tuple(at[inside].T)] > 0
    mine = (plain.labels.dense() > 0) & inside
    assert 2.0 * (mine & moved).sum() / (mine.sum() + moved.sum()) >= agreement


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_the_spheres_are_found_where_they_are(model_id: str, tiny_folder: Path) -> None:
    segmentation = _found_on("plain", model_id, _folders(model_id, tiny_folder)).segmentation
    for centre in POSITIONS_LPS_MM:
        index = segmentation.grid.nearest_index_kji(centre)
        assert index is not None
        assert segmentation.labels.voxel(index) > 0


class _Watched(torch.nn.Module):
    """A network that is watched: ``before`` is called with each input."""

    def __init__(self, network: torch.nn.Module, before: Callable[[torch.Tensor], None]) -> None:
        super().__init__()
        self.network = network
        self.before = before
        self.divisor = getattr(network, "divisor", 16)

    def forward(self, *x: torch.Tensor) -> torch.Tensor:
        self.before(x[0])
        answer: torch.Tensor = self.network(*x)
        return answer


def _watch(monkeypatch: pytest.MonkeyPatch, before: Callable[[torch.Tensor], None]) -> None:
    load = packages.load_network

    def watched(card: ModelCard) -> torch.nn.Module:
        # The score network is asked for its features too, which a wrapper has none of.
        network = load(card)
        return network if card.task == "score-candidates" else _Watched(network, before)

    monkeypatch.setattr(packages, "load_network", watched)


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_cancel_ends_within_one_window(
    model_id: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, windows = JobContext(), []

    def before(x: torch.Tensor) -> None:
        windows.append(len(x))
        context.cancel()

    _watch(monkeypatch, before)
    with pytest.raises(JobCancelled):
        _search(
            model_id, _folders(model_id, tiny_folder), *_phantom(_grid("plain")), context=context
        )
    assert len(windows) == 1


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_out_of_memory_falls_back_to_smaller_windows(
    model_id: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []

    def before(x: torch.Tensor) -> None:
        sizes.append(tuple(x.shape[2:]))
        if len(sizes) == 1:
            raise torch.OutOfMemoryError("injected")

    folders = _folders(model_id, tiny_folder)
    if model_id == "tiny":
        # Windows of 32 are not halved any more: it gets larger ones.
        folder = folders[0].parent / "large-windows"
        if not folder.exists():
            text = write_segmentation_package(folder, "tiny") / "model.toml"
            text.write_text(
                text.read_text(encoding="utf-8").replace("[32, 32, 32]", "[64, 64, 64]"),
                encoding="utf-8",
            )
        folders = (folder, folders[0])
    _watch(monkeypatch, before)
    found = _search(model_id, folders, *_phantom(_grid("plain")))
    assert any("not enough memory" in x for x in found.provenance.warnings)
    assert np.prod(sizes[1]) < np.prod(sizes[0])
    assert found.probability is not None
    assert np.isfinite(found.probability.array).all()


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_a_failing_network_is_a_sentence_with_its_cause(
    model_id: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(_: torch.Tensor) -> None:
        raise RuntimeError("planted")

    _watch(monkeypatch, before)
    with pytest.raises(ModelError, match="failed on this study") as caught:
        _search(model_id, _folders(model_id, tiny_folder), *_phantom(_grid("plain")))
    assert str(caught.value.__cause__) == "planted"


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_empty_and_one_voxel_images_are_valid(model_id: str, tiny_folder: Path) -> None:
    folders = _folders(model_id, tiny_folder)
    grid = _grid("plain")
    air = Volume(grid, np.zeros(grid.shape_kji, np.float32), Quantity.SUV_BW)
    empty = _search(model_id, folders, air, None, samples=2)
    assert empty.segmentation.lesions == ()
    assert empty.totals().tmtv_ml == 0.0
    one = ImageGrid.from_spacing((1, 1, 1), (6.0, 6.0, 6.0))
    hot = Volume(one, np.full((1, 1, 1), 9.0, np.float32), Quantity.SUV_BW)
    found = _search(model_id, folders, hot, None, samples=2)
    assert found.segmentation.labels.shape_kji == (1, 1, 1)
    assert len(found.segmentation.lesions) == int(found.segmentation.labels.voxel((0, 0, 0)) > 0)
    if model_id == "tiny":
        (lesion,) = found.segmentation.lesions
        assert found.biomarkers[lesion.id].voxels == 1
        assert found.biomarkers[lesion.id]["suv_max"] == 9.0


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_the_same_seed_gives_the_same_samples(model_id: str, tiny_folder: Path) -> None:
    folders = _folders(model_id, tiny_folder)
    grid = ImageGrid.from_spacing((20, 30, 30), (4.0, 4.0, 4.0), (-110.0, -50.0, 20.0), "1.2.3")
    one, two = (_search(model_id, folders, *_phantom(grid), samples=2, seed=7) for _ in range(2))
    assert one.uncertainty is not None
    assert two.uncertainty is not None
    np.testing.assert_array_equal(one.uncertainty.array, two.uncertainty.array)
    assert 0.0 <= one.uncertainty.array.min() <= one.uncertainty.array.max() <= 1.0
    for a, b in zip(one.segmentation.lesions, two.segmentation.lesions, strict=True):
        assert one.biomarkers[a.id].values == two.biomarkers[b.id].values


@pytest.mark.parametrize("model_id", SEARCHERS)
def test_openvino_gives_torchs_outlines_and_samples(
    model_id: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(
        "openvino", reason="OpenVINO is an extra: pip install 'uptake[openvino]' to test it"
    )
    monkeypatch.setattr(sliding, "has_fast_bf16", lambda: False)  # torch in float32
    folders = _folders(model_id, tiny_folder)
    found = {}
    for name in ("torch", "openvino"):
        monkeypatch.setenv("UPTAKE_RUNNER", name)
        found[name] = _search(model_id, folders, *_phantom(_grid("plain")), samples=2, seed=3)
    theirs, ours = found["torch"], found["openvino"]
    for model, said in ours.provenance.runners.items():
        assert said.startswith("openvino 20"), model
        assert said.endswith(", float32"), model
        assert theirs.provenance.runners[model].startswith("torch ")
    assert len(ours.provenance.runners) == 2
    assert ours.provenance.to_json()["runners"] == ours.provenance.runners
    a, b = (x.segmentation.labels.dense() > 0 for x in (theirs, ours))
    assert a.any()
    assert 2.0 * (a & b).sum() / (a.sum() + b.sum()) >= 0.999
    assert ours.probability is not None
    assert theirs.probability is not None
    assert np.abs(ours.probability.array - theirs.probability.array).max() < 2e-5
    for one, other in zip(theirs.segmentation.lesions, ours.segmentation.lesions, strict=True):
        assert one.score_samples == pytest.approx(other.score_samples, abs=2e-5)


@pytest.mark.parametrize("card", INSTALLED, ids=[x.id for x in INSTALLED])
def test_installed_cards_are_complete_and_their_weights_are_theirs(card: ModelCard) -> None:
    packages.check_card(card)
    card.check_weights()
    assert hashlib.sha256(card.weights_path.read_bytes()).hexdigest() == card.weights_sha256
    packages.load_network(card)
    assert card.memory_mib > 0.0
    assert "research use only" in card.intended_use.lower()
    assert "CC BY 3.0" in str(card.training) + card.licence
    assert card.limits
    wanted = ("MR", "MR signal") if card.task == "synthetic-ct" else ("PT", "SUVbw")
    assert wanted in [(x.modality, x.quantity) for x in card.inputs]
    assert bool(card.tracers) == (wanted[0] == "PT")


def test_no_installed_package_is_broken_and_all_are_small() -> None:
    builtin = packages.builtin_folder()
    broken = [x for x in packages.list_packages() if isinstance(x, packages.BrokenPackage)]
    assert [x for x in broken if builtin in x.folder.parents] == []
    size = sum(x.weights_path.stat().st_size for x in INSTALLED)
    assert size <= LARGEST_MIB * 2**20
