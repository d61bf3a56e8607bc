"""Recipes: split, augmentation, evaluation, a smoke run, and the shipped cards."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy import ndimage

from app.core.kit.errors import ModelError
from app.core.models.card import read_card
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.nets.networks import build_network
from inference.prepare import prepare
from inference.training.bodies import anatomy
from inference.training.fit import card, data, evaluate, fitting, recipes
from inference.training.lesions import blend, score, segment, train_segmentation
from inference.training.recipe import run_recipe
from tests.support.places import ROOT, SHARED_DATA

SHIPPED = ("petct-lesion", "petct-lesion-score")


def _case(kind: str = "xcat") -> data.Case:
    pet = np.full((40, 44, 48), 1.0, np.float32)
    ct = np.full(pet.shape, 40.0, np.float32)
    lesions = np.zeros(pet.shape, np.uint8)
    lesions[16:24, 18:26, 20:28] = 1
    pet[lesions > 0] = 6.0
    pet[30:36, 30:36, 6:12] = 12.0
    return data.make_case("one", kind, pet, ct, lesions, np.random.default_rng(0))


@pytest.mark.parametrize("name", SHIPPED)
def test_no_patient_stands_twice_in_the_split(name: str) -> None:
    table = recipes.read_recipe(name)
    recipes.check_split(table)
    assert len(table["sts_train"]) == 31
    assert len(table["sts_validation"]) == 10
    table["sts_train"].append(table["sts_validation"][0])
    with pytest.raises(ModelError, match=table["sts_validation"][0]):
        recipes.check_split(table)


def test_both_recipes_share_one_split() -> None:
    first, second = (recipes.read_recipe(name) for name in SHIPPED)
    assert first["sts_train"] == second["sts_train"]
    assert first["sts_validation"] == second["sts_validation"]


def test_augmentation_keeps_suv_within_bounds_and_the_mask_on_the_lesion() -> None:
    case, rng = _case(), np.random.default_rng(3)
    settings = data.PatchSettings(shape=(32, 32, 32))
    seen = 0
    for _ in range(30):
        patch = data.draw_patch(case, settings, rng)
        suv = np.sinh(patch.channels[1] * 3.0)
        assert suv.max() <= 12.0 * (1.0 + settings.suv_scale) * 1.6  # noise of at most 15 %
        inside = patch.mask > 0.5
        if inside.sum() > 200:
            seen += 1
            # Not at its rim, nor where the field of view cuts it: voxels there are mixed.
            deep = ndimage.binary_erosion(inside, iterations=2)
            assert np.median(suv[deep]) == pytest.approx(6.0, rel=settings.suv_scale + 0.05)
            outside = suv[~inside & (suv > 0.05)]
            assert np.median(outside) == pytest.approx(1.0, rel=settings.suv_scale + 0.1)
    assert seen > 5


def test_a_further_cropped_patch_still_shows_what_it_is_centred_on() -> None:
    case, rng = _case(), np.random.default_rng(4)
    settings = data.PatchSettings(shape=(32, 32, 32), crop_simulated=1.0, ct_missing=0.0)
    for _ in range(20):
        patch = data.draw_patch(case, settings, rng)
        assert patch.channels[2].max() > -0.9  # CT of more than air


def test_classes_are_lesion_organs_and_unknown() -> None:
    plain = _case()
    organs = np.zeros(plain.lesions.shape, np.uint8)
    organs[30:36, 30:36, 6:12] = 6
    organs[plain.lesions > 0] = anatomy.NO_CLASS
    case = replace(plain, organs=organs)
    settings = data.PatchSettings(shape=(32, 32, 32))
    seen: set[int] = set()
    for n in range(30):
        patch = data.draw_patch(case, settings, np.random.default_rng(n), augment=False)
        assert (patch.classes[patch.mask > 0.5] == 0).all()
        suv = np.sinh(patch.channels[1] * 3.0)
        # A patch lies between voxels: the organ's rim is mixed, more than half of it is its own.
        assert (suv[patch.classes == 7] > 2.0).all()
        other = suv[(patch.classes == 1) & (suv > 0.05)]
        assert np.median(other) == pytest.approx(1.0, abs=0.05)
        seen |= set(np.unique(patch.classes).tolist())
    assert seen - {anatomy.NO_CLASS} == {0, 1, 7}
    unknown = data.draw_patch(plain, settings, np.random.default_rng(0))
    assert (unknown.classes == anatomy.NO_CLASS).all()


def test_class_loss_counts_only_what_is_known() -> None:
    classes = torch.full((1, 4, 4, 4), anatomy.NO_CLASS)
    classes[0, 0] = 2
    logits = torch.zeros(1, 3, 4, 4, 4)
    assert float(segment.class_loss([logits], classes)) == pytest.approx(np.log(3.0), abs=1e-5)
    logits[:, 2, 0] = 20.0
    assert float(segment.class_loss([logits], classes)) < 1e-4
    classes[:] = anatomy.NO_CLASS
    assert float(segment.class_loss([logits], classes)) == 0.0


def test_dice_over_the_batch_sees_uptake_where_there_is_no_lesion() -> None:
    truth = torch.zeros(2, 1, 8, 8, 8)
    truth[0, :, :4, :4, :4] = 1.0
    assert [float(x) for x in segment.dice_losses(truth, truth)] == pytest.approx([0.0, 0.0])
    loud = truth.clone()
    loud[1, :, :4, :4, :4] = 1.0  # as much again in the patch without a lesion
    by_sample, by_batch = segment.dice_losses(loud, truth)
    assert float(by_sample) == pytest.approx(0.0)
    # 64 of 128 outlined voxels are right: Dice 2 x 64 / (128 + 64).
    assert float(by_batch) == pytest.approx(1.0 - (128.0 + 1.0) / (192.0 + 1.0))
    logit = (loud * 2 - 1) * 8
    source = torch.tensor([False, True])

    def total(batch_dice: float) -> float:
        settings = segment.FitSettings(steps=1, batch_dice=batch_dice, dice_by_source=False)
        return float(segment.loss([logit], truth, torch.ones_like(truth), source, settings))

    assert total(0.7) - total(0.0) == pytest.approx(0.7 * float(by_batch), abs=0.01)


def test_a_large_real_tumour_does_not_hide_a_missed_simulated_lesion() -> None:
    truth = torch.zeros(2, 1, 8, 8, 8)
    truth[0] = 1.0
    truth[1, :, :2, :2, :2] = 1.0
    seen = truth.clone()
    seen[1] = 0.0
    source = torch.tensor([False, True])

    def total(p: torch.Tensor, *, apart: bool) -> float:
        settings = segment.FitSettings(steps=1, dice_by_source=apart)
        weight = torch.ones_like(truth)
        return float(segment.loss([(p * 2 - 1) * 8], truth, weight, source, settings))

    together = total(seen, apart=False) - total(truth, apart=False)
    apart = total(seen, apart=True) - total(truth, apart=True)
    # Half of the batch's Dice is the simulated patches' own, and they miss all of it.
    assert apart - together > 0.2


def test_a_small_lesion_weighs_as_much_as_its_least_share() -> None:
    truth = torch.zeros(2, 1, 10, 10, 10)
    truth[0, :, :1, :5, :2] = 1.0  # 10 of 1000 voxels
    truth[1, :, :5] = 1.0  # half of the patch
    weights = segment.lesion_weights(truth, 0.05)
    assert float((weights * truth)[0].sum()) == pytest.approx(50.0)
    assert float((weights * (1 - truth))[0].sum()) == pytest.approx(990.0)
    assert torch.equal(weights[1], torch.ones_like(truth[1]))
    assert torch.equal(segment.lesion_weights(truth, 0.0), torch.ones_like(truth))


def test_a_second_stage_goes_on_from_the_first(tmp_path: Path) -> None:
    table = recipes.read_recipe("petct-lesion")
    first = str(table["goes_on_from"])
    assert recipes.read_recipe(first)["network"] == table["network"]
    assert train_segmentation.first_stage({}, tmp_path, tmp_path, None) is None
    weights = tmp_path / first / "weights.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"there")
    assert train_segmentation.first_stage(table, tmp_path, tmp_path, None) == weights


def test_every_batch_holds_as_many_real_patches() -> None:
    real = replace(_case("sts"), name="real")
    known = replace(_case(), organs=np.zeros((40, 44, 48), np.uint8))

    class One(data.Simulator):
        def case(self) -> data.Case:
            return known

    settings = segment.FitSettings(steps=1, batch=4, pool=1, renew_every=3, real_share=0.5)
    patches = data.PatchSettings(shape=(16, 16, 16))
    drawn = iter(segment.Batches([real], One(None, 1, 1.0), patches, settings, 1))
    for _ in range(6):
        classes = next(drawn)[3]
        unknown = [bool((one == anatomy.NO_CLASS).all()) for one in classes]
        assert unknown == [True, True, False, False]


def test_the_best_weights_are_kept_and_the_latest_without_a_choice(tmp_path: Path) -> None:
    kept: list[float] = []
    best = fitting.Checkpoints(tmp_path, lambda network, path: kept.append(rows[-1]), None)
    rows: list[float] = []
    for choice in (0.2, 0.5, 0.4, float("nan"), 0.5):
        rows.append(choice)
        best.add(torch.nn.Identity(), {"choice": choice})
    assert kept[:2] == [0.2, 0.5]
    assert 0.4 not in kept
    assert kept[-1] == 0.5
    assert [row["choice"] for row in best.history][:3] == [0.2, 0.5, 0.4]


def test_the_schedule_warms_up_and_ends() -> None:
    schedule = fitting.Schedule(100, 1e-3, 10, None)
    optimiser = fitting.optimiser(torch.nn.Linear(2, 2), 1e-3, 0.1)
    rates = []
    for step in (0, 9, 50, 99):
        schedule.set_rate(optimiser, step, schedule.done(step))
        rates.append(optimiser.param_groups[0]["lr"])
    assert rates[0] < 0.11 * rates[1]
    assert rates[1] == max(rates)
    assert rates[2] == pytest.approx(0.5e-3, rel=0.01)
    assert rates[3] < 3e-6
    assert schedule.done(100) == 1.0
    assert [g["weight_decay"] for g in optimiser.param_groups] == [0.1, 0.0]


def test_without_augmentation_a_patch_is_the_image() -> None:
    case = _case()
    patch = data.draw_patch(
        case, data.PatchSettings(shape=(16, 16, 16)), np.random.default_rng(0), augment=False
    )
    values = np.unique(np.round(np.sinh(patch.channels[1] * 3.0), 1))
    assert {1.0, 6.0} & set(values.tolist())
    assert set(np.unique(patch.mask)) <= {0.0, 1.0}


def test_dice_is_one_for_the_truth_and_the_loss_falls_towards_it() -> None:
    truth = torch.zeros(1, 1, 8, 8, 8)
    truth[..., 2:5, 2:5, 2:5] = 1.0
    settings, source = segment.FitSettings(steps=1), torch.tensor([True])
    weight = torch.ones_like(truth)
    good = segment.loss([(truth * 2 - 1) * 8], truth, weight, source, settings)
    bad = segment.loss([(1 - truth * 2) * 8], truth, weight, source, settings)
    assert float(good) < 0.05 < float(bad)
    mask = truth[0, 0].numpy() > 0
    assert evaluate.dice(mask, mask) == 1.0
    assert evaluate.dice(mask, ~mask) == 0.0


def test_false_volumes_are_those_of_untouched_components() -> None:
    truth = np.zeros((12, 12, 12), bool)
    truth[2:4, 2:4, 2:4] = truth[8:10, 8:10, 8:10] = True
    found = np.zeros_like(truth)
    found[3:6, 3:6, 3:6] = True
    found[2, 10, 10] = True
    assert evaluate.false_volume(found, truth, 0.5) == pytest.approx(0.5)
    assert evaluate.false_volume(truth, found, 0.5) == pytest.approx(4.0)


def test_auroc_and_calibration_on_known_answers() -> None:
    positive = np.array([False, False, True, True])
    assert evaluate.auroc(np.array([0.1, 0.4, 0.35, 0.8]), positive) == pytest.approx(0.75)
    assert evaluate.auroc(np.ones(4), positive) == pytest.approx(0.5)
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    assert evaluate.calibration_error(p, rng.random(p.size) < p) < 0.01
    assert evaluate.calibration_error(p, rng.random(p.size) < 0.5) == pytest.approx(0.25, abs=0.02)


def test_windows_of_a_constant_network_add_up_to_it() -> None:
    class Half(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :1] * 0.0 + self.bias

    out = evaluate.predict(Half(), np.zeros((4, 20, 9, 33), np.float32), (8, 16, 16))
    assert out.shape == (20, 9, 33)
    assert out == pytest.approx(0.5)


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 2.0, 20_000)
    targets = (rng.random(z.size) < 1.0 / (1.0 + np.exp(-z))).astype(np.int64)
    assert score.best_temperature((3.0 * z).astype(np.float32), targets) == pytest.approx(
        3, rel=0.05
    )


@pytest.mark.slow
def test_the_smoke_recipe_trains_and_its_package_answers_the_same(tmp_path: Path) -> None:
    said: list[str] = []
    metrics = run_recipe("smoke", tmp_path, tmp_path, progress=lambda _, text: said.append(text))
    assert said
    assert metrics["simulated"]
    package = read_card(tmp_path)
    package.check_weights()
    assert package.metrics["simulated"]["studies"] == 1
    first = recipes.load_network(recipes.read_recipe("smoke"), package.weights_path)
    again = recipes.load_network({"network": package.network}, package.weights_path)
    x = np.random.default_rng(0).random((4, 16, 32, 32), np.float32)
    window = tuple(package.extra["window_kji"])
    assert np.array_equal(evaluate.predict(first, x, window), evaluate.predict(again, x, window))


def test_toml_written_is_read_back(tmp_path: Path) -> None:
    import tomllib

    table = {
        "a": 'quote " and ü', "b": 1.0, "c": [1, 2], "d": True, "n": 3,
        "e": {"f": [{"g": 1e-7}, {"g": 2.5}], "h": {"i": ["x"]}},
    }  # fmt: skip
    back = tomllib.loads(card.to_toml(table))
    assert back["e"]["f"][1]["g"] == 2.5
    assert back["e"]["h"]["i"] == ["x"]
    assert {k: back[k] for k in "abcdn"} == {k: table[k] for k in "abcdn"}


def _shipped(name: str) -> Path:
    folder = Path(str(resources.files("resources"))) / "models" / name
    if not (folder / "model.toml").is_file():
        pytest.skip(f"the package {name} is not in this checkout")
    return folder


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_the_ones_the_card_describes(name: str) -> None:
    package = read_card(_shipped(name))
    package.check_weights()
    network = recipes.load_network({"network": package.network}, package.weights_path)
    assert sum(p.numel() for p in network.parameters()) > 100_000
    assert "Research use only" in package.intended_use
    assert package.metrics
    table = recipes.read_recipe(name)
    assert package.network == table["network"]
    assert package.training["split_validation"] == table["sts_validation"]
    assert package.training["split_train"] == table["sts_train"]


def test_shipped_packages_are_small_together() -> None:
    total = sum((_shipped(n) / "weights.safetensors").stat().st_size for n in SHIPPED)
    assert total <= 20e6


def test_card_dice_is_the_mean_of_its_patients() -> None:
    metrics = read_card(_shipped("petct-lesion")).metrics
    values = [row["dice"] for row in metrics["patients"]]
    assert len(values) == 10
    assert metrics["dice"]["mean"] == pytest.approx(np.mean(values), abs=1e-5)
    assert metrics["dice"]["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-5)


def test_real_patient_reaches_the_grid_with_its_mask() -> None:
    folder = SHARED_DATA / "sts" / "nifti"
    if not folder.is_dir():
        pytest.skip("the sarcoma patients are not beside this checkout")
    native = data.read_sts(folder, "STS_008")
    case = data.sts_case(native, np.random.default_rng(0))
    network_ml = float((case.lesions > 0).sum()) * prepare.SPACING_MM**3 / 1000.0
    native_ml = float(native.truth.sum()) * native.pet.grid.voxel_volume_ml
    assert network_ml == pytest.approx(native_ml, rel=0.05)


def test_a_probability_comes_back_to_the_native_grid() -> None:
    pet = ImageGrid.from_spacing((10, 12, 14), (3.0, 5.0, 5.0), (4.0, -3.0, 9.0))
    grid = prepare.network_grid(pet)
    native = evaluate.on_native(np.full(grid.shape_kji, 0.7, np.float32), grid, pet)
    assert native == pytest.approx(0.7, abs=1e-5)


def test_patient_metrics_of_a_perfect_answer() -> None:
    grid = ImageGrid.from_spacing((6, 6, 6), (4.0, 4.0, 4.0))
    truth = np.zeros((6, 6, 6), bool)
    truth[2:4, 2:4, 2:4] = True
    case = data.NativeCase(
        "x", Volume(grid, np.ones((6, 6, 6), np.float32), Quantity.SUV_BW),
        Volume(grid, np.zeros((6, 6, 6), np.float32), Quantity.HU), truth,
    )  # fmt: skip
    p = np.stack([truth.astype(np.float32)] * 3)
    found = evaluate.patient_metrics(p, case, 0.5)
    assert found["dice"] == 1.0
    assert found["mtv_ml"] == found["mtv_true_ml"] == pytest.approx(8 * 0.064)
    assert found["mtv_covered"] == 1.0
    assert found["ece"] == pytest.approx(0.0, abs=1e-6)


def test_networks_load_strictly() -> None:
    network = build_network("LesionUNet", recipes.read_recipe("smoke")["network"]["args"])
    with pytest.raises(RuntimeError, match="Missing key"):
        network.load_state_dict({})


def test_blended_weights_lie_between_the_stages() -> None:
    early = {"w": torch.tensor([0.0, 2.0]), "n": torch.tensor(3)}
    late = {"w": torch.tensor([1.0, 0.0]), "n": torch.tensor(7)}
    found = blend.blended(early, late, 0.25)
    assert found["w"].tolist() == pytest.approx([0.25, 1.5])
    assert int(found["n"]) == 7
    half = {"w": late["w"].half()}
    assert blend.blended({"w": early["w"].half()}, half, 0.5)["w"].dtype == torch.float16


def test_the_blend_is_the_best_on_bodies_that_is_good_enough_on_patients() -> None:
    rows = [
        {"share": share, "dice": dice, "success": success}
        for share, dice, success in ((0.4, 0.76, 0.2), (0.6, 0.75, 0.4), (1.0, 0.66, 0.5))
    ]
    assert blend.choose(rows, 0.74)["share"] == 0.6
    assert blend.choose(rows, 0.5)["share"] == 1.0
    assert blend.choose(rows, 0.9)["share"] == 0.4


@pytest.mark.slow
def test_stages_are_blended_in_place(tmp_path: Path) -> None:
    table = dict(recipes.read_recipe("smoke"))
    table["blend"] = {"with": "first", "shares": [0.5], "thresholds": [0.4], "least_dice": 0.7}
    for seed, folder in ((1, tmp_path / "first"), (2, tmp_path)):
        torch.manual_seed(seed)
        network = build_network(table["network"]["class"], table["network"]["args"])
        recipes.save_weights(network, folder / "weights.safetensors")
    early, late = (load_file(f / "weights.safetensors") for f in (tmp_path / "first", tmp_path))
    found = blend.blend_stages(table, tmp_path, tmp_path, None)
    assert (found["share"], found["threshold"]) == (0.5, 0.4)
    name = next(n for n, v in late.items() if v.dim() == 5)
    middle = (early[name].float() + late[name].float()) / 2
    now = load_file(tmp_path / "weights.safetensors")[name].float()
    assert torch.allclose(now, middle, atol=2e-3)


#: In a process of its own, as a training is: a fork of one with a window and a test runner's
#: channels can end both.
_DRAWS = """
import json
import numpy as np
import torch
from torch.utils.data import IterableDataset
from inference.training.fit import fitting

class Numbers(IterableDataset):
    def __iter__(self):
        rng = fitting.own_stream(np.random.default_rng(3))
        while True:
            yield torch.tensor([rng.random(), float(fitting.own_share(10))])

def numbers(workers):
    batches = fitting.drawn(Numbers(), workers, ahead=2)
    return [(float(a), float(b)) for a, b in (next(batches) for _ in range(6))]

print(json.dumps([numbers(0), numbers(2), numbers(2)]))
"""


def test_workers_draw_from_streams_of_their_own() -> None:
    """Two that drew the same patches would be worth one."""
    done = subprocess.run(
        [sys.executable, "-c", _DRAWS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    alone, two, again = json.loads(done.stdout)
    assert again == two
    assert len({a for a, _ in two}) == 6
    assert [a for a, _ in two[::2]] == [a for a, _ in alone[:3]]
    assert {b for _, b in two} == {5.0}
    assert {b for _, b in alone} == {10.0}
