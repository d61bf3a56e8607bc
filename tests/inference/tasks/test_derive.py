"""Derived images as a task: checks, grids, noise level, cancel, memory, provenance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.core.kit.errors import InputError, JobCancelled, ModelError, QuantityError
from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard, read_card
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Choice, Patient, Study
from inference.models import packages
from inference.prepare import image_prepare
from inference.prepare.noise import NoiseEstimate
from inference.tasks.derive import DeriveRequest, derive, derive_request
from inference.training.bodies.counts import thin_counts
from tests.support.tiny_model import IMAGE_TASKS, write_image_package

TASKS = tuple(IMAGE_TASKS)
PETS = ["pet-denoise", "pet-superres"]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelCard]:
    """Make packages of all tasks, whose networks say something of their input."""
    root, found = tmp_path_factory.mktemp("models"), {}
    for model_id in TASKS:
        folder = write_image_package(root / model_id, model_id)
        found[model_id] = read_card(folder)
        packages.check_card(found[model_id])
    return found


def _grid(kind: str = "plain", uid: str | None = "1.2.3") -> ImageGrid:
    """One box of the patient, sampled in different ways."""
    spacing = (3.0, 6.0, 4.0) if kind == "anisotropic" else (3.5, 4.5, 4.5)
    k, j, i = (int(n / s) for n, s in zip((70.0, 130.0, 150.0), spacing, strict=True))
    shape = (k, j, i)
    grid = ImageGrid.from_spacing(shape, spacing, (-75.0, -60.0, 10.0))
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
        turn[:3, 3] = grid.centre_lps_mm - turn[:3, :3] @ grid.centre_lps_mm
        affine = turn @ affine
    return ImageGrid(shape, affine, uid)


def _points(grid: ImageGrid) -> np.ndarray:
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape_kji), indexing="ij"), axis=-1)
    return grid.points_lps_mm(index)


def _pet(grid: ImageGrid, reduction: float = 1.0, seed: int = 0) -> Volume:
    """Make a body with a hot, off-centre ball, as of a scanner; noisy where asked for."""
    x, y, z = np.moveaxis(_points(grid), -1, 0)
    body = 1.0 / (1.0 + np.exp(((x / 58.0) ** 2 + (y / 48.0) ** 2 - 1.0) * 12.0))
    ball = np.exp(-((x - 20.0) ** 2 + (y + 8.0) ** 2 + (z - 50.0) ** 2) / 150.0)
    pet = (body + 7.0 * ball).astype(np.float32)
    if reduction > 1.0:
        noise = NoiseEstimate(0.15, (6.0, 6.0, 6.0))
        rng = np.random.default_rng(seed)
        pet = thin_counts(pet, reduction + 1.0, noise, grid.spacing_kji_mm, rng)
    return Volume(grid, pet, Quantity.SUV_BW, "1.1", "PET")


def _mr(grid: ImageGrid, factor: float = 1.0, name: str = "AX T1") -> Volume:
    """Make a leg with a bright shell of fat."""
    x, y, _ = np.moveaxis(_points(grid), -1, 0)
    radius = np.sqrt((x / 58.0) ** 2 + (y / 46.0) ** 2)
    signal = np.where(radius < 1.0, 900.0, 4.0)
    signal[radius < 0.8] = 300.0
    return Volume(grid, (signal * factor).astype(np.float32), Quantity.MR, "1.3", name)


def _source(model_id: str, grid: ImageGrid) -> Volume:
    return _mr(grid) if model_id == "mr-synthetic-ct" else _pet(grid)


def _derive(card: ModelCard, source: Volume, **more: Any) -> DerivedImage:
    context = more.pop("context", JobContext())
    settings = {"samples": 0, "device": "cpu", "tracer": "FDG", **more}
    return derive(DeriveRequest(card, source, **settings), context)


@pytest.mark.parametrize("model_id", sorted(TASKS))
@pytest.mark.parametrize("kind", ["flipped", "permuted"])
def test_another_order_of_axes_gives_the_same_image(
    model_id: str, kind: str, cards: dict[str, ModelCard]
) -> None:
    options = {"dose_reduction": 4.0} if model_id == "pet-denoise" else {}
    plain = _derive(cards[model_id], _source(model_id, _grid()), **options)
    other = _derive(cards[model_id], _source(model_id, _grid(kind)), **options)
    a = image_prepare.Orientation.of(plain.volume.grid).turn(plain.volume.array)
    b = image_prepare.Orientation.of(other.volume.grid).turn(other.volume.array)
    span = float(np.ptp(a))
    assert np.abs(a - b).max() < 0.01 * span


@pytest.mark.parametrize("model_id", sorted(TASKS))
@pytest.mark.parametrize("kind", ["plain", "oblique", "anisotropic"])
def test_the_image_lies_where_its_source_lies(
    model_id: str, kind: str, cards: dict[str, ModelCard]
) -> None:
    grid = _grid(kind)
    found = _derive(cards[model_id], _source(model_id, grid))
    on = found.volume.grid
    np.testing.assert_allclose(on.bounds_lps_mm, grid.bounds_lps_mm, atol=1e-6)
    assert on.frame_of_reference_uid == "1.2.3"
    if model_id == "pet-superres":
        assert on.spacing_kji_mm == pytest.approx([s / 2 for s in grid.spacing_kji_mm])
    else:
        assert on.same_grid(grid)
    points = _points(on)
    if model_id == "mr-synthetic-ct":
        deep = (points[..., 0] / 58.0) ** 2 + (points[..., 1] / 46.0) ** 2 < 0.5
        far = (points[..., 0] / 58.0) ** 2 + (points[..., 1] / 46.0) ** 2 > 1.5
        assert np.median(found.volume.array[deep]) > -500.0
        assert np.median(found.volume.array[far]) < -800.0
        return
    hottest = np.array(np.unravel_index(found.volume.array.argmax(), on.shape_kji))
    distance_mm = np.linalg.norm(on.points_lps_mm(hottest) - np.array([20.0, -8.0, 50.0]))
    assert distance_mm < 9.0


def test_what_is_made_and_where_it_comes_from_is_stated(cards: dict[str, ModelCard]) -> None:
    made = {name: _derive(card, _source(name, _grid()), samples=2) for name, card in cards.items()}
    kinds = {name: image.kind for name, image in made.items()}
    assert kinds == {
        "pet-denoise": DerivedKind.DENOISED,
        "pet-superres": DerivedKind.SUPER_RESOLVED,
        "mr-synthetic-ct": DerivedKind.SYNTHETIC_CT,
    }
    for name, image in made.items():
        role, uid = ("MR", "1.3") if name == "mr-synthetic-ct" else ("PET", "1.1")
        assert image.source_uids == image.provenance.series_uids == {role: uid}
        assert image.provenance.weights_sha256 == {name: cards[name].weights_sha256}
        assert image.provenance.runners[name].startswith("torch ")
        assert image.provenance.samples == 2
        assert image.deviation is not None
        assert image.deviation.grid is image.volume.grid
        assert image.deviation.quantity is image.volume.quantity
        assert image.deviation.array.min() >= 0.0
        assert image.deviation.array.max() > 0.0
    assert made["mr-synthetic-ct"].volume.quantity is Quantity.HU
    assert made["mr-synthetic-ct"].volume.array.min() >= -1024.0
    assert made["pet-denoise"].volume.array.min() >= 0.0
    assert len({image.id for image in made.values()}) == 3


def test_the_noise_level_is_estimated_or_told(cards: dict[str, ModelCard]) -> None:
    card, grid = cards["pet-denoise"], _grid()
    noisy = _pet(grid, 10.0)
    estimated = _derive(card, noisy)
    assert "estimated" in estimated.title
    reduction = float(estimated.title.split("/")[1].split(",")[0])
    assert reduction == pytest.approx(10.0, rel=0.4)
    told = {r: _derive(card, noisy, dose_reduction=r) for r in (2.0, 10.0)}
    assert told[10.0].title == "Denoised (dose / 10)"
    change = {r: np.abs(x.volume.array - noisy.array).mean() for r, x in told.items()}
    assert change[10.0] > change[2.0]
    assert told[10.0].provenance.warnings == ()
    outside = _derive(card, noisy, dose_reduction=80.0)
    assert any("not 80" in x for x in outside.provenance.warnings)
    with pytest.raises(ModelError, match="leaves nothing"):
        _derive(card, noisy, dose_reduction=1.0)
    quiet = _derive(card, _pet(grid))
    assert quiet.title == "Denoised (dose / 2, estimated)"
    assert quiet.provenance.warnings


class _Watched(torch.nn.Module):
    """A network that is watched: ``before`` is called with each input."""

    def __init__(self, network: torch.nn.Module, before: Callable[[torch.Tensor], None]) -> None:
        super().__init__()
        self.network = network
        self.before = before
        self.divisor = network.divisor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.before(x)
        answer: torch.Tensor = self.network(x)
        return answer


def _watch(monkeypatch: pytest.MonkeyPatch, before: Callable[[torch.Tensor], None]) -> None:
    load = packages.load_network
    monkeypatch.setattr(packages, "load_network", lambda card: _Watched(load(card), before))


@pytest.mark.parametrize("model_id", sorted(TASKS))
def test_cancel_ends_within_one_window(
    model_id: str, cards: dict[str, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, windows = JobContext(), []

    def before(x: torch.Tensor) -> None:
        windows.append(len(x))
        context.cancel()

    _watch(monkeypatch, before)
    with pytest.raises(JobCancelled):
        _derive(cards[model_id], _source(model_id, _grid()), context=context, samples=3)
    assert len(windows) == 1


@pytest.mark.parametrize("model_id", sorted(TASKS))
def test_out_of_memory_falls_back_to_smaller_windows(
    model_id: str, cards: dict[str, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, sizes = _source(model_id, _grid()), []
    plain = _derive(cards[model_id], source)

    def before(x: torch.Tensor) -> None:
        sizes.append(int(np.prod(x.shape[2:])))
        if len(sizes) == 1:
            raise torch.OutOfMemoryError("injected")

    _watch(monkeypatch, before)
    found = _derive(cards[model_id], source)
    assert any("not enough memory" in x for x in found.provenance.warnings)
    assert sizes[1] < sizes[0]
    assert np.abs(found.volume.array - plain.volume.array).mean() < 0.05 * np.ptp(
        plain.volume.array
    )


def test_a_failing_network_is_a_sentence_with_its_cause(
    cards: dict[str, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(_: torch.Tensor) -> None:
        raise RuntimeError("planted")

    _watch(monkeypatch, before)
    with pytest.raises(ModelError, match="failed on this study") as caught:
        _derive(cards["pet-denoise"], _pet(_grid()))
    assert str(caught.value.__cause__) == "planted"


@pytest.mark.parametrize("model_id", PETS)
def test_bad_values_are_mended_and_said(model_id: str, cards: dict[str, ModelCard]) -> None:
    grid = _grid()
    array = np.array(_pet(grid).array)
    array[2, 3, 4], array[5, 6, 7] = np.nan, -3.0
    bad = Volume(grid, array, Quantity.SUV_BW, "1.1")
    found = _derive(cards[model_id], bad, tracer="Ga-68 DOTATATE")
    said = " ".join(found.provenance.warnings)
    for text in ("1 voxels of the PET are not numbers", "below zero", "DOTATATE"):
        assert text in said
    assert np.isfinite(found.volume.array).all()
    assert found.volume.array.min() >= 0.0
    with pytest.raises(QuantityError, match="SUVbw"):
        _derive(cards[model_id], replace(bad, quantity=Quantity.BQML))


@pytest.mark.parametrize("model_id", PETS)
def test_empty_and_one_voxel_images_are_valid(model_id: str, cards: dict[str, ModelCard]) -> None:
    one = ImageGrid.from_spacing((1, 1, 1), (6.0, 6.0, 6.0))
    for grid, value in ((one, 9.0), (_grid(), 0.0)):
        source = Volume(grid, np.full(grid.shape_kji, value, np.float32), Quantity.SUV_BW)
        found = _derive(cards[model_id], source, samples=2)
        assert np.isfinite(found.volume.array).all()
        assert (found.volume.array == 0.0).all() == (value == 0.0)


def test_an_mr_is_checked(cards: dict[str, ModelCard]) -> None:
    card, grid = cards["mr-synthetic-ct"], _grid()
    assert _derive(card, _mr(grid)).provenance.warnings == ()
    assert _derive(card, _mr(grid, factor=0.01)).provenance.warnings == (), "any display scale"
    stir = _derive(card, _mr(grid, name="COR T2 STIR"))
    assert "T1 alone" in stir.provenance.warnings[0]
    signal = _mr(grid)
    flat = Volume(grid, np.where(signal.array > 100, 500, 2), Quantity.MR, "1.3")
    assert any("another sequence" in x for x in _derive(card, flat).provenance.warnings)
    cut = ImageGrid(
        (grid.shape_kji[0], grid.shape_kji[1] // 2, grid.shape_kji[2]),
        grid.affine_lps_mm, "1.2.3",
    )  # fmt: skip
    assert any("reaches the border" in x for x in _derive(card, _mr(cut)).provenance.warnings)
    with pytest.raises(ModelError, match="No body"):
        _derive(card, Volume(grid, np.zeros(grid.shape_kji), Quantity.MR))
    other = replace(_pet(_grid()), grid=_grid(uid="9.9"))
    assert "frames of reference" in _derive(card, signal, other=other).provenance.warnings[0]
    affine = np.array(grid.affine_lps_mm)
    affine[2, 3] += 5000.0
    away = Volume(ImageGrid(grid.shape_kji, affine, "1.2.3"), other.array, Quantity.SUV_BW)
    assert "do not overlap" in _derive(card, signal, other=away).provenance.warnings[0]


def test_a_request_names_what_the_study_lacks(cards: dict[str, ModelCard], tmp_path: Path) -> None:
    grid = _grid()
    choice = Choice("1.1", None, "")
    study = Study(Patient(), "", "", (), choice, _pet(grid), None, None, True)
    request = derive_request(study, cards["pet-denoise"], samples=3, dose_reduction=4.0)
    assert request.source is study.pet
    assert (request.samples, request.dose_reduction) == (3, 4.0)
    with pytest.raises(InputError, match="no MR"):
        derive_request(study, cards["mr-synthetic-ct"])
    with pytest.raises(InputError, match="no PET"):
        derive_request(replace(study, pet=None), cards["pet-superres"])
    with_mr = replace(study, mr=_mr(grid))
    request = derive_request(with_mr, cards["mr-synthetic-ct"])
    assert request.source is with_mr.mr
    assert request.other is study.pet
    finder = replace(cards["pet-denoise"], task="find-lesions")
    with pytest.raises(ModelError, match="makes no image"):
        derive_request(study, finder)


def test_the_same_seed_gives_the_same_deviation(cards: dict[str, ModelCard]) -> None:
    source = _pet(_grid())
    one, two = (_derive(cards["pet-denoise"], source, samples=3, seed=5) for _ in range(2))
    assert one.deviation is not None
    assert two.deviation is not None
    np.testing.assert_array_equal(one.deviation.array, two.deviation.array)
