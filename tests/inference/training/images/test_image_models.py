"""Image networks: channels and geometry, losses, quality, and the smoke recipes end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from app.core.models.card import ModelInput, read_card
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.engine.image_predict import fitted, predict_image
from inference.engine.runner import Plan
from inference.engine.sliding import SlidingSettings
from inference.engine.torch_runner import TorchRunner
from inference.models import checks, packages
from inference.nets.dropout import disable_monte_carlo, enable_monte_carlo
from inference.nets.image_networks import ImageUNet, SmoothingUNet
from inference.nets.networks import build_network
from inference.prepare import image_prepare
from inference.prepare.noise import NoiseEstimate
from inference.tasks.derive import DeriveRequest, derive
from inference.training.bodies.counts import thin_counts
from inference.training.fit import recipes
from inference.training.fit.data import read_sts
from inference.training.images import denoise, image_quality, pet_pairs, synthetic_ct
from inference.training.images.image_data import PatchSettings, draw_patch, make_pair
from inference.training.images.image_fit import ImageFitSettings, loss
from inference.training.images.pet_pairs import halved
from inference.training.recipe import run_recipe
from tests.support import tiny_model

RECIPES = ("pet-denoise", "pet-superres", "mr-synthetic-ct")
SMOKE = {
    "smoke-denoise": "denoise-pet",
    "smoke-superres": "super-resolve-pet",
    "smoke-synthetic-ct": "synthetic-ct",
}


def _speaking(factor: int = 1, seed: int = 0, channels: int = 2) -> ImageUNet:
    """Make a network whose head is not silent."""
    torch.manual_seed(seed)
    network = ImageUNet(channels, [4, 8], [0.1, 0.3], factor)
    torch.nn.init.normal_(network.head.weight, std=0.2)
    return network.eval()


@pytest.mark.parametrize("factor", [1, 2])
def test_a_new_network_changes_nothing_and_keeps_the_size(factor: int) -> None:
    network = ImageUNet(2, [4, 8], [0.1, 0.2], factor).eval()
    assert network.divisor == 2 * factor
    x = torch.randn(1, 2, 8, 12, 16)
    assert network(x).shape == (1, 1, 8, 12, 16)
    assert not network(x).any()


def test_a_voxel_answers_where_it_is_after_folding() -> None:
    from inference.nets.image_networks import fold, unfold

    x = torch.arange(4 * 6 * 8, dtype=torch.float32).reshape(1, 1, 4, 6, 8)
    assert torch.equal(unfold(fold(x, 2), 2), x)
    assert fold(x, 2).shape == (1, 8, 2, 3, 4)


def test_the_answer_of_a_place_does_not_hang_on_far_content() -> None:
    network = _speaking()
    a = torch.randn(1, 2, 16, 16, 64)
    b = a.clone()
    b[..., 48:] = 30.0
    assert torch.equal(network(a)[..., :16], network(b)[..., :16])


def test_dropout_samples_differ_and_can_be_repeated() -> None:
    network, x = _speaking(), torch.randn(1, 2, 8, 8, 8)
    enable_monte_carlo(network, 1)
    one = network(x)
    enable_monte_carlo(network, 1)
    assert torch.equal(one, network(x))
    enable_monte_carlo(network, 2)
    assert not torch.equal(one, network(x))
    disable_monte_carlo(network)
    assert torch.equal(network(x), network(x))


def _noisy() -> np.ndarray:
    rng = np.random.default_rng(3)
    return ndimage.gaussian_filter(rng.gamma(2.0, 1.0, (24, 20, 28)), 0.5).astype(np.float32)


@pytest.mark.parametrize("factor", [1, 2])
def test_an_untrained_denoiser_is_nearly_its_first_gaussian(factor: int) -> None:
    pet, sigmas = _noisy(), (0.4, 0.8, 1.2)
    network = SmoothingUNet(3, [4, 8], [0.0, 0.0], factor, sigmas, start=1).eval()
    prepared = image_prepare.denoise_images(pet, 0.3)
    x = torch.from_numpy(prepared.channels)[None]
    with torch.no_grad():
        bases, answer = network.bases(x)[0].numpy(), network(x)[0, 0].numpy()
    inner = (slice(5, -5),) * 3
    for sigma, base in zip(sigmas, bases, strict=True):
        reach = np.ceil(3.0 * sigma) / sigma
        wanted = ndimage.gaussian_filter(pet, sigma, truncate=reach)
        np.testing.assert_allclose((pet + prepared.scale * base)[inner], wanted[inner], atol=2e-5)
    # Softmax of one logit of 3 among five of 0: 0.87, and 0.043 each.
    shares = np.exp([0.0, 3.0, 0.0]) / (3.0 + np.exp(3.0))
    mixed = np.tensordot(shares, bases, axes=1)
    np.testing.assert_allclose(answer, mixed, atol=1e-4)


def test_smoothing_keeps_an_even_image_to_its_very_border() -> None:
    pet = np.full((12, 12, 12), 4.0, dtype=np.float32)
    network = SmoothingUNet(3, [4, 8], [0.0, 0.0], 2, [0.5, 1.5], start=0).eval()
    prepared = image_prepare.denoise_images(pet, 0.3)
    with torch.no_grad():
        answer = network(torch.from_numpy(prepared.channels)[None])
    assert np.abs(answer.numpy() * prepared.scale).max() < 1e-4


def test_widths_of_smoothing_must_rise() -> None:
    for sigmas in ((), (1.0, 0.5), (0.0, 1.0)):
        with pytest.raises(ValueError, match="must rise"):
            SmoothingUNet(3, [4, 8], [0.0, 0.0], 1, sigmas)


def test_hot_voxels_weigh_as_the_recipe_says() -> None:
    settings = ImageFitSettings(steps=1, mean_weight=0.0, hot_weight=1.0)
    even = ImageFitSettings(steps=1, mean_weight=0.0)
    wanted = torch.ones(1, 3, 4, 4, 4)
    wanted[:, 0] = 0.0
    wanted[:, 1, 2:] = 3.0  # half of the voxels have three times the noise
    hot, cold = torch.zeros(1, 1, 4, 4, 4), torch.zeros(1, 1, 4, 4, 4)
    hot[:, :, 2:], cold[:, :, :2] = 0.5, 0.5
    assert loss(hot, wanted, even) == pytest.approx(float(loss(cold, wanted, even)))
    ratio = loss(hot, wanted, settings) / loss(cold, wanted, settings)
    assert float(ratio) == pytest.approx(3.0, rel=1e-5)


def test_denoising_channels_do_not_change_with_the_unit_of_noise() -> None:
    pet = np.random.default_rng(0).gamma(4.0, 0.5, (12, 12, 12)).astype(np.float32)
    strong, weak = (image_prepare.denoise_images(pet, level) for level in (0.6, 0.2))
    np.testing.assert_allclose(strong.scale, 3.0 * weak.scale, rtol=1e-5)
    np.testing.assert_array_equal(strong.base, pet)
    told = strong.channels[2] / np.sqrt(4.0 * strong.channels[1] ** 2 + image_prepare.LEAST_SUV)
    np.testing.assert_allclose(told, 0.6, rtol=1e-4)


def test_half_voxels_fill_the_same_box_and_keep_the_place_of_a_ramp() -> None:
    grid = ImageGrid.from_spacing((6, 8, 10), (3.0, 4.0, 5.0), (10.0, -20.0, 5.0), "1.2")
    fine = image_prepare.half_size_grid(grid)
    np.testing.assert_allclose(fine.bounds_lps_mm, grid.bounds_lps_mm, atol=1e-9)
    assert fine.spacing_kji_mm == pytest.approx((1.5, 2.0, 2.5))
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape_kji), indexing="ij"), axis=-1)
    x_mm = grid.points_lps_mm(index)[..., 0].astype(np.float32)
    ramp = image_prepare.cubic(x_mm)
    index = np.stack(np.meshgrid(*map(np.arange, fine.shape_kji), indexing="ij"), axis=-1)
    inside = ramp[:, :, 6:-6] - fine.points_lps_mm(index)[:, :, 6:-6, 0]
    assert np.abs(inside).max() < 0.1


def test_halving_keeps_the_mean_and_removes_what_would_alias() -> None:
    flat = np.full((8, 8, 8), 2.5, np.float32)
    np.testing.assert_allclose(halved(flat)[0], 2.5, rtol=1e-6)
    stripes = np.zeros((8, 8, 32), np.float32)
    stripes[..., ::2] = 2.0
    small, full = halved(stripes)
    assert full.shape == stripes.shape
    assert small[:, :, 2:-2].std() < 0.01, "the finest stripes are gone, not folded"


@pytest.mark.parametrize("flip", [(), (0,), (1, 2)])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_orientation_turns_to_canonical_axes_and_back(
    flip: tuple[int, ...], order: tuple[int, int, int]
) -> None:
    plain = ImageGrid.from_spacing((4, 5, 6), (3.0, 4.0, 5.0))
    affine = np.array(plain.affine_lps_mm)[:, [*order, 3]]
    k, j, i = (plain.shape_kji[n] for n in order)
    shape = (k, j, i)
    for axis in flip:
        affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
        affine[:3, axis] *= -1.0
    grid = ImageGrid(shape, affine)
    array = np.arange(120, dtype=np.float32).reshape(plain.shape_kji)
    same = np.flip(array.transpose(order), flip)
    turned = image_prepare.Orientation.of(grid)
    np.testing.assert_array_equal(turned.turn(same), array)
    np.testing.assert_array_equal(turned.back(turned.turn(same)), same)


def test_two_legs_are_body_and_the_couch_is_not() -> None:
    hu = np.full((10, 60, 90), -1000.0, np.float32)
    k, j, i = np.ogrid[:10, :60, :90]
    for middle in (25, 65):
        hu[((j - 28) ** 2 + (i - middle) ** 2 + 0 * k) < 200] = 40.0
    hu[:, 28, 25] = -900.0
    hu[:, 52:54, :] = 100.0
    body = image_prepare.ct_body(hu)
    assert body[5, 28, 65]
    assert body[5, 28, 25], "holes are filled"
    assert not body[:, 52:54].any()


def test_mr_is_stated_as_a_share_of_fat() -> None:
    mr = np.full((12, 40, 40), 3.0, np.float32)
    mr[:, 8:32, 8:32] = 900.0
    mr[:, 10:30, 10:30] = 300.0
    for factor in (1.0, 7.0):
        found = image_prepare.ct_images(mr * factor)
        assert found.channels[0][6, 9, 20] == pytest.approx(1.0, abs=0.02)
        assert found.channels[0][6, 20, 20] == pytest.approx(1.0 / 3.0, abs=0.02)
        assert found.base[6, 20, 20] == 0.0
        assert found.base[6, 2, 2] == -1000.0
    assert image_prepare.mr_contrast(mr) == pytest.approx(0.333, abs=0.01)
    assert image_prepare.open_faces(image_prepare.mr_body(mr)) == 0.0
    assert image_prepare.open_faces(image_prepare.mr_body(mr[:, 10:])) > 0.1
    assert np.isnan(image_prepare.mr_contrast(np.zeros((4, 5, 6))))


def test_windows_give_what_one_window_gives() -> None:
    pet = np.random.default_rng(0).gamma(3.0, 0.6, (20, 22, 26)).astype(np.float32)
    prepared = image_prepare.superres_images(pet)
    runner = TorchRunner(_speaking(factor=2), Plan(()))
    context = JobContext()
    one_window = fitted(prepared, SlidingSettings((64, 64, 64)), 4)
    assert one_window.window_kji == (40, 44, 52)
    whole = predict_image(runner, prepared, one_window, context)
    parts = predict_image(runner, prepared, SlidingSettings((32, 32, 32), 0.5), context)
    assert whole.image.shape == (40, 44, 52)
    assert whole.deviation is None
    # Windows differ only near their faces, where they weigh little.
    change = np.abs(whole.image - prepared.base).mean()
    assert np.abs(whole.image - parts.image).mean() < 0.15 * change


def test_deviation_comes_from_the_samples() -> None:
    pet = np.random.default_rng(0).gamma(3.0, 0.6, (12, 12, 12)).astype(np.float32)
    prepared = image_prepare.denoise_images(pet, 0.3)
    runner = TorchRunner(_speaking(channels=3), Plan(()))
    one, two = (
        predict_image(runner, prepared, SlidingSettings((16, 16, 16)), JobContext(), samples=4)
        for _ in range(2)
    )
    assert one.deviation is not None
    assert two.deviation is not None
    np.testing.assert_array_equal(one.deviation, two.deviation)
    assert one.deviation.max() > 0.0
    assert one.deviation.shape == pet.shape
    half = predict_image(
        runner, prepared, SlidingSettings((16, 16, 16)), JobContext(), samples=4, share=0.5
    )
    np.testing.assert_allclose(half.image - pet, 0.5 * (one.image - pet), atol=1e-5)
    assert half.deviation is not None
    np.testing.assert_allclose(half.deviation, 0.5 * one.deviation, atol=1e-6)


def test_as_little_noise_is_kept_as_brings_the_peaks_back() -> None:
    rng = np.random.default_rng(0)
    pet = np.ones((14, 20, 20), np.float32)
    pet[5:9, 8:13, 8:13] = 6.0
    noise = NoiseEstimate(0.15, (5.0, 6.0, 6.0))
    pet = thin_counts(pet, 2.0, noise, (3.3, 4.7, 4.7), rng)
    body = np.ones(pet.shape, bool)
    full = pet_pairs.FullCount("one", pet, (3.3, 4.7, 4.7), noise, body, pet > 4.0)
    table = {"seed": 1, "patches": {"shape": [16, 16, 16]}}
    silent = ImageUNet(3, [4, 8], [0.0, 0.0]).eval()
    # It changes nothing, so that the peaks are too high already: nothing has to be kept.
    assert denoise.choose_keep(table, silent, [full]) == 0.0
    assert denoise.choose_keep(table, silent, []) == 0.0
    assert silent.head.bias is not None
    torch.nn.init.constant_(silent.head.bias, -4.0)
    # It takes four noise SD off everywhere: the peaks are too low, and some must stay.
    assert denoise.choose_keep(table, silent, [full]) > 0.0


def test_loss_is_zero_for_the_truth_and_means_count_twice() -> None:
    settings = ImageFitSettings(steps=1, softness=1.0, mean_weight=1.0)
    wanted = torch.ones(1, 3, 8, 8, 8)
    assert float(loss(torch.ones(1, 1, 8, 8, 8), wanted, settings)) == 0.0
    sign = torch.ones(1, 1, 8, 8, 8)
    sign[..., ::2] = -1.0
    shift = float(loss(1.0 + 0.3 * torch.ones_like(sign), wanted, settings))
    noise = float(loss(1.0 + 0.3 * sign, wanted, settings))
    assert shift == pytest.approx(2.0 * noise, rel=1e-3), "noise has no local mean, a shift has"


def test_patches_hold_the_image_and_no_weight_outside() -> None:
    rng = np.random.default_rng(0)
    pet = rng.gamma(3.0, 0.6, (10, 30, 30)).astype(np.float32)
    prepared = image_prepare.superres_images(pet)
    truth = rng.random(prepared.base.shape, np.float32)
    pair = make_pair(prepared, truth, np.ones(truth.shape, bool), rng)
    for _ in range(10):
        x, rest = draw_patch(pair, PatchSettings((32, 32, 32), step=2), rng)
        assert x.shape == (2, 32, 32, 32)
        assert rest.shape == (3, 32, 32, 32)
        assert (rest[2] > 0).sum() == 20 * 32 * 32
        assert not x[0][rest[2] == 0].any()
    warped, rest = draw_patch(pair, PatchSettings((16, 16, 16), warp=True), rng)
    assert np.isfinite(warped).all()
    assert rest[2].max() == pytest.approx(1.0, abs=1e-5)


def test_quality_on_known_errors() -> None:
    truth = np.full((12, 12, 12), 2.0, np.float32)
    truth[4, 4, 4] = 10.0
    body = np.ones(truth.shape, bool)
    assert image_quality.psnr(truth + 0.1, truth, body) == pytest.approx(40.0, abs=1e-3)
    assert image_quality.nrmse(truth + 0.1, truth, body) == pytest.approx(0.1 / truth.mean())
    assert image_quality.ssim(truth, truth, body) == pytest.approx(1.0)
    found = image_quality.pet_quality(truth * np.float32(1.05), truth, body, truth > 5.0)
    assert found["lesion_mean_bias_percent"] == pytest.approx(5.0, abs=1e-3)
    hu = np.full(truth.shape, 40.0, np.float32)
    hu[:, :, 6:] = 500.0
    errors = image_quality.hu_errors(hu + np.where(hu > 150, -60.0, 20.0), hu, body)
    assert errors["mae_bone_hu"] == pytest.approx(60.0)
    assert errors["bias_soft_hu"] == pytest.approx(20.0)
    assert errors["mae_hu"] == pytest.approx(40.0)
    assert np.isnan(errors["mae_air_hu"])


def test_ssim_is_that_of_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(0)
    truth = rng.random((14, 15, 16)).astype(np.float32)
    image = truth + 0.2 * rng.standard_normal(truth.shape).astype(np.float32)
    _, theirs = metrics.structural_similarity(
        image, truth, data_range=float(truth.max()), gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    mine = image_quality.ssim(image, truth, np.ones(truth.shape, bool))
    assert mine == pytest.approx(float(theirs.mean()), abs=1e-3)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_share_the_split_of_the_lesion_network(name: str) -> None:
    table, lesion = recipes.read_recipe(name), recipes.read_recipe("petct-lesion")
    recipes.check_split(table)
    assert table["sts_train"] == lesion["sts_train"]
    assert table["sts_validation"] == lesion["sts_validation"]
    network = build_network(table["network"]["class"], table["network"]["args"])
    assert isinstance(network, ImageUNet)
    assert all(n % network.divisor == 0 for n in table["patches"]["shape"])
    assert all(n % network.divisor == 0 for n in table["extra"]["window_kji"])


@pytest.fixture(scope="module", params=sorted(SMOKE))
def smoke(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = str(request.param)
    folder = tmp_path_factory.mktemp("smoke") / recipe
    patients = run_recipe(recipe, folder, folder)["patients"]
    assert isinstance(patients, dict | list | tuple)
    assert len(patients) == 1
    return folder


@pytest.mark.slow
def test_a_smoke_recipe_gives_a_package_that_makes_its_image(smoke: Path) -> None:
    card = read_card(smoke)
    packages.check_card(card)
    card.check_weights()
    assert card.task == SMOKE[smoke.name]
    grid = ImageGrid.from_spacing((12, 24, 26), (4.0, 4.0, 4.0))
    rng = np.random.default_rng(0)
    array = rng.gamma(9.0, 0.1, grid.shape_kji).astype(np.float32)
    quantity = Quantity.SUV_BW
    if card.task == "synthetic-ct":
        quantity = Quantity.MR
        array = np.full(grid.shape_kji, 2.0, np.float32)
        array[:, 3:-3, 3:-3] = 800.0
        array[:, 6:-6, 6:-6] = 300.0
    source = Volume(grid, array, quantity, "1.2.3")
    found = derive(DeriveRequest(card, source, samples=2, device="cpu"), JobContext())
    factor = 2 if card.task == "super-resolve-pet" else 1
    assert found.volume.grid.shape_kji == tuple(factor * n for n in grid.shape_kji)
    assert found.deviation is not None
    assert np.isfinite(found.volume.array).all()
    assert found.provenance.model_id == smoke.name


def test_the_couch_is_taken_off_the_training_ct() -> None:
    grid = ImageGrid.from_spacing((10, 50, 50), (2.0, 2.0, 2.0))
    hu = np.full(grid.shape_kji, -1000.0, np.float32)
    hu[:, 10:35, 10:40] = 40.0
    hu[:, 44:46] = 200.0
    mr = np.where(hu == 40.0, 400.0, 1.0).astype(np.float32)
    case = synthetic_ct.mr_case("one", Volume(grid, mr, Quantity.MR), Volume(grid, hu, Quantity.HU))
    assert case.ct_hu[:, 42:].max() == -1000.0
    assert case.ct_hu[5, 20, 20] == 40.0
    assert case.covered.all()


def test_mr_that_is_no_t1_is_warned_of_or_refused(tmp_path: Path) -> None:
    card = read_card(tiny_model.write_image_package(tmp_path / "model", "mr-synthetic-ct"))
    card = replace(card, inputs=(ModelInput("MR", "MR signal", "share", True, (0.3, 0.6)),))
    grid = ImageGrid.from_spacing((4, 4, 4), (2.0, 2.0, 2.0))
    mr = Volume(grid, np.ones(grid.shape_kji, np.float32), Quantity.MR, "1", "AX T1 SE")
    assert checks.check_mr(card, mr, 0.4) == []
    assert "another sequence" in checks.check_mr(card, mr, 0.9)[0]
    stir = Volume(grid, mr.array, Quantity.MR, "1", "COR STIR")
    assert "T1 alone" in checks.check_mr(card, stir, 0.4)[0]
    with pytest.raises(ModelError, match="No body"):
        checks.check_mr(card, mr, float("nan"))
    ct = Volume(grid, np.full(grid.shape_kji, -900.0, np.float32), Quantity.MR, "1")
    with pytest.raises(ModelError, match="as a CT does"):
        checks.check_mr(card, ct, 0.4)


def test_real_patients_become_pairs(shared_data: Path) -> None:
    folder = shared_data / "sts" / "nifti"
    if not folder.is_dir():
        pytest.skip("the sarcoma patients are not beside this checkout")
    full = pet_pairs.full_count(read_sts(folder, "STS_008"))
    assert full is not None
    assert 0.05 < full.noise.level < 0.4
    low = pet_pairs.low_count(full, 10.0, 1)
    np.testing.assert_array_equal(low, pet_pairs.low_count(full, 10.0, 1))
    assert low[full.body].mean() == pytest.approx(full.pet_suvbw[full.body].mean(), rel=0.03)
    # The network is told the noise that thinning added: measured, it is that of the simulation.
    told = pet_pairs.level_to_remove(low, full, 10.0)
    assert told == pytest.approx(3.0 * full.noise.level, rel=0.2)
    case = synthetic_ct.read_mr_case(folder, "STS_008")
    mr_body = image_prepare.mr_body(case.mr) & case.covered
    overlap = 2.0 * (mr_body & case.body).sum() / (mr_body.sum() + case.body.sum())
    assert overlap > 0.85


def test_a_synthetic_ct_is_air_around_the_body() -> None:
    mr = np.zeros((24, 40, 40), np.float32)
    mr[:, 10:30, 10:30] = 800.0
    prepared = image_prepare.ct_images(mr)
    assert prepared.limit is not None
    assert not prepared.limit[:, :6].any()

    class Even(torch.nn.Module):
        divisor = 2

        def __init__(self, value: float) -> None:
            super().__init__()
            self.value = value

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.full_like(x[:, :1], self.value)

    settings = SlidingSettings((24, 24, 24))
    image = predict_image(TorchRunner(Even(0.2), Plan(())), prepared, settings, JobContext()).image
    assert (image[~prepared.limit] == -1000.0).all()
    assert np.allclose(image[:, 15:25, 15:25], 200.0, atol=2.0)
    # What is dense beyond the mask is a part of the body that the MR shows dark.
    image = predict_image(TorchRunner(Even(0.9), Plan(())), prepared, settings, JobContext()).image
    assert np.allclose(image[~prepared.limit], -100.0, atol=8.0)
