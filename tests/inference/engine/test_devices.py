"""Choosing where networks run."""

from __future__ import annotations

import pytest
import torch

from app.core.kit.errors import ModelError
from inference.engine import devices
from inference.engine.warm_up import warm_up


def test_the_cpu_is_always_there() -> None:
    assert devices.choose_device("cpu") == "cpu"
    assert devices.choose_device(" CPU ") == "cpu"


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cuda:-1", "tpu"])
def test_an_unknown_name_is_said_with_a_next_step(name: str) -> None:
    with pytest.raises(ModelError, match=r"Use auto, cpu or cuda:0"):
        devices.choose_device(name)


@pytest.mark.parametrize(("count", "auto"), [(0, "cpu"), (2, "cuda:0")])
def test_gpus_are_chosen_where_there_are_any(
    monkeypatch: pytest.MonkeyPatch, count: int, auto: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert devices.choose_device("auto") == auto
    with pytest.raises(ModelError, match=r"no device cuda:7.*" + ("cuda:1" if count else "cpu")):
        devices.choose_device("cuda:7")
    if count:
        assert devices.choose_device("cuda") == "cuda:0"
        assert devices.choose_device("cuda:1") == "cuda:1"


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (4, 3), (64, 16)])
def test_the_window_keeps_a_core_where_there_are_many(cores: int, threads: int) -> None:
    assert devices.threads_for(cores) == threads


def test_warming_up_names_the_device() -> None:
    assert warm_up("cpu") == "cpu"
    assert torch.get_num_threads() == devices.use_threads()
