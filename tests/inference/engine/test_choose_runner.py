"""The choice of a runner: measured once, remembered, never wrong, and forced where asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from app.core.kit.errors import ModelError
from inference.engine import choose_runner as choice
from inference.engine import torch_runner
from inference.engine.choose_runner import choose_runner, with_runner
from inference.engine.runner import Plan, Runner, RunnerError, RunnerInfo

PLAN = Plan(((2, 4, 4, 4),), weights_sha256="a" * 64)


class Twice(nn.Module):
    """A network that takes its time in torch."""

    def __init__(self, pause_s: float = 0.01) -> None:
        super().__init__()
        self.pause_s = pause_s

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        time.sleep(self.pause_s)
        return 2.0 * x[:, :1]


class Other:
    """Another back end: what it answers and how it fails is the test's."""

    def __init__(self, answer: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.answer, self.loads, self.passes = answer, 0, 0
        self.fails = self.lasting = False
        self.device = "cpu"
        self.info = RunnerInfo("other", "1.0", "float32", "")

    def load(self, network: nn.Module, plan: Plan) -> Runner:
        self.loads += 1
        if self.fails:
            raise RunnerError("It cannot", lasting=self.lasting)
        return self

    def start_sample(self, seed: int | None) -> None:
        pass

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        self.passes += 1
        return self.answer(inputs[0])


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Other], Other]:
    """Offer another back end beside torch, as if it were the second installed one."""
    monkeypatch.delenv(choice.VARIABLE, raising=False)

    def offer(other: Other) -> Other:
        entry = SimpleNamespace(
            NAME="other", version=lambda: "1.0", allows=lambda plan: plan.device == "cpu",
            load=other.load,
        )  # fmt: skip
        monkeypatch.setattr(choice, "BACK_ENDS", (torch_runner, entry))
        return other

    return offer


Offer = Callable[[Other], Other]


def _right(x: torch.Tensor) -> torch.Tensor:
    return 2.0 * x[:, :1]


def _name(network: nn.Module | None = None, plan: Plan = PLAN) -> str:
    return choose_runner(network or Twice(), plan).info.name


def _files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").rglob("*.choice"))


def test_the_faster_one_is_chosen_and_remembered(
    offered: Offer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = offered(Other(_right))
    with caplog.at_level(logging.INFO):
        assert _name() == "other"
    assert "other 1.0, float32" in caplog.text
    assert len(_files(tmp_path)) == 1
    measured = other.passes
    assert measured > 2
    assert _name() == "other"
    assert other.passes == measured, "nothing is measured again"


def test_torch_stays_where_it_is_as_fast(offered: Offer) -> None:
    def slowly(x: torch.Tensor) -> torch.Tensor:
        time.sleep(0.03)
        return _right(x)

    other = offered(Other(slowly))
    assert _name() == "torch"
    loads = other.loads
    assert _name() == "torch"
    assert other.loads == loads, "torch is remembered too"


@pytest.mark.parametrize("wrong", [0.001, 1.0, float("nan"), float("inf")])
def test_a_wrong_answer_is_refused_and_told(
    offered: Offer, wrong: float, caplog: pytest.LogCaptureFixture
) -> None:
    offered(Other(lambda x: _right(x) + wrong))
    assert _name() == "torch"
    assert "answers otherwise than torch" in caplog.text


def test_rounding_is_no_wrong_answer(offered: Offer) -> None:
    offered(Other(lambda x: _right(x) + 2e-5))
    assert _name() == "other"


def test_an_answer_of_another_shape_is_refused(offered: Offer) -> None:
    offered(Other(lambda x: _right(x)[:, 0]))
    assert _name() == "torch"


def test_a_wrong_sample_is_refused_though_the_mean_is_right(offered: Offer) -> None:
    class Forgetful(Other):
        seed: int | None = None

        def start_sample(self, seed: int | None) -> None:
            self.seed = seed
            self.answer = _right if seed is None else lambda x: 3.0 * x[:, :1]

    offered(Forgetful(_right))
    assert _name() == "torch"


def test_one_that_cannot_is_not_used(offered: Offer) -> None:
    other = offered(Other(_right))
    other.fails = other.lasting = True
    assert _name() == "torch"
    other.fails = False
    assert _name() == "torch", "until versions or weights change"
    assert _name(plan=replace(PLAN, weights_sha256="b" * 64)) == "other"


def test_one_that_failed_by_accident_is_tried_again(offered: Offer, tmp_path: Path) -> None:
    other = offered(Other(_right))
    other.fails = True
    assert _name() == "torch"
    assert _files(tmp_path) == []
    other.fails = False
    assert _name() == "other"
    assert len(_files(tmp_path)) == 1


def test_one_that_was_chosen_and_fails_now_gives_way(
    offered: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    other = offered(Other(_right))
    assert _name() == "other"
    other.fails = True
    assert _name() == "torch"
    assert "torch takes its place" in caplog.text


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "another name", "no table"])
def test_a_damaged_or_wrong_memory_is_ignored(offered: Offer, damage: str, tmp_path: Path) -> None:
    from inference.engine import runner_cache

    other = offered(Other(_right))
    assert _name() == "other"
    (path,) = _files(tmp_path)
    data = path.read_bytes()
    if damage == "another name":
        runner_cache.write_table(path.name, {"runner": "nobody"})
    elif damage == "no table":
        runner_cache.write(path.name, b"[1, 2")
    else:
        cut = {"cut": data[:-3], "changed": data[:-3] + b"xyz", "empty": b""}
        path.write_bytes(cut[damage])
    before = other.passes
    assert _name() == "other"
    assert other.passes > before, "it is measured anew"
    before = other.passes
    assert _name() == "other"
    assert other.passes == before, "and remembered"


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, mixed=True),
        replace(PLAN, weights_sha256=""),
        replace(PLAN, device="meta"),
    ],
    ids=["bfloat16", "no weights file", "no CPU"],
)
def test_where_torch_is_fastest_or_nothing_can_be_remembered_nothing_is_measured(
    offered: Offer, plan: Plan
) -> None:
    other = offered(Other(_right))
    assert _name(plan=plan) == "torch"
    assert other.loads == 0


def test_a_person_can_force_one(offered: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    other = offered(Other(_right))
    monkeypatch.setenv(choice.VARIABLE, "torch")
    assert _name() == "torch"
    assert other.loads == 0
    monkeypatch.setenv(choice.VARIABLE, " Other ")
    assert _name(plan=replace(PLAN, mixed=True)) == "other"
    assert other.passes == 0, "it is not measured"
    monkeypatch.setenv(choice.VARIABLE, "tflite")
    with pytest.raises(ModelError, match="Use torch or other"):
        _name()


def test_a_forced_one_that_is_not_installed_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = SimpleNamespace(NAME="other", version=lambda: None)
    monkeypatch.setattr(choice, "BACK_ENDS", (torch_runner, absent))
    monkeypatch.setenv(choice.VARIABLE, "other")
    with pytest.raises(ModelError, match=r"not installed.*pip install"):
        _name()
    monkeypatch.delenv(choice.VARIABLE)
    assert _name() == "torch", "without it the program works as before"


def test_one_that_stops_at_work_is_followed_by_torch(
    offered: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    offered(Other(_right))
    ran = []

    def work(runner: Runner) -> str:
        ran.append(runner.info.name)
        if runner.info.name == "other":
            raise RunnerError("It stopped")
        return "done"

    assert with_runner(Twice(), PLAN, work) == "done"
    assert ran == ["other", "torch"]
    assert "done again with torch" in caplog.text


def test_a_network_that_fails_is_left_to_the_study_to_say(offered: Offer, tmp_path: Path) -> None:
    class Failing(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("planted")

    offered(Other(_right))
    runner = choose_runner(Failing(), PLAN)
    assert runner.info.name == "torch"
    assert _files(tmp_path) == []
    with pytest.raises(RuntimeError, match="planted"):
        runner.forward(torch.zeros(1, 2, 4, 4, 4))


def test_another_network_or_patch_is_measured_on_its_own(offered: Offer, tmp_path: Path) -> None:
    offered(Other(_right))
    _name()
    _name(plan=replace(PLAN, shapes=((2, 8, 4, 4),)))
    _name(plan=replace(PLAN, network="LesionUNet with other arguments"))
    _name(nn.Sequential(Twice()))
    assert len(_files(tmp_path)) == 4
