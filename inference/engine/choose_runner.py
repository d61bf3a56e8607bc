"""Which back end runs a network: measured once on this machine, then remembered.

At first use each back end that can run the network answers a few windows. The fastest whose answers
are torch's is taken, and the choice is kept for this processor, these weights and these versions.
`VARIABLE` forces one. On a GPU, and on a CPU that multiplies bfloat16 in hardware, torch is taken
without measuring: nothing is faster there (decision 5).

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import nn

from app.core.kit.errors import ModelError
from inference.engine import openvino_runner, runner_cache, torch_runner
from inference.engine.runner import NETWORK_ERRORS, BackEnd, Plan, Runner, RunnerError

#: Forces a back end by its name: ``torch`` or ``openvino``.
VARIABLE = "UPTAKE_RUNNER"

BACK_ENDS: tuple[BackEnd, ...] = (torch_runner, openvino_runner)

TOLERANCE = 1e-4
"""Largest difference from torch's answer in float32, as a share of the largest value (or of 1).

Another order of sums gives some 1e-6; a wrong layer gives 0.1 and more."""
WINDOWS = 3
CLEARLY = 0.9
"""Share of torch's time that another back end may take at most: a tie is torch's."""

T = TypeVar("T")

log = logging.getLogger(__name__)


def with_runner(network: nn.Module, plan: Plan, work: Callable[[Runner], T]) -> T:
    """Call ``work`` with the runner that `choose_runner` gives; with torch where that one stops.

    Raises
    ------
    ModelError
        See `choose_runner`; and whatever ``work`` raises.
    """
    try:
        return work(choose_runner(network, plan))
    except RunnerError as error:
        log.warning("%s; the work is done again with torch", error)
    return work(torch_runner.load(network, plan))


def choose_runner(network: nn.Module, plan: Plan) -> Runner:
    """Make a network ready with the back end that is fastest for it here.

    Parameters
    ----------
    network
        In evaluation mode; left as it is.
    plan
        What it is to be run on.

    Raises
    ------
    ModelError
        If `VARIABLE` names no back end, or one that is not installed.
    """
    forced = _forced()
    if forced is not None:
        others = [] if forced is torch_runner else [forced]
    else:
        measured = plan.device == "cpu" and not plan.mixed and bool(plan.weights_sha256)
        others = [x for x in BACK_ENDS if x is not torch_runner and x.version()] if measured else []
    others = [x for x in others if x.allows(plan)]
    if not others:
        if forced not in (None, torch_runner):
            log.warning("%s does not run networks on %s; torch does", forced.NAME, plan.device)
        return torch_runner.load(network, plan)
    return _load(others[0], network, plan) if forced else _remembered(network, plan, others)


def _forced() -> BackEnd | None:
    name = os.environ.get(VARIABLE, "").strip().lower()
    if not name:
        return None
    known = {x.NAME: x for x in BACK_ENDS}
    if name not in known:
        raise ModelError(f"{VARIABLE} names no way to run networks: {name}.",
                         f"Use {' or '.join(known)}, or leave it empty.")  # fmt: skip
    if known[name].version() is None:
        raise ModelError(
            f"{VARIABLE} asks for {name}, which is not installed.",
            f"Install it (pip install 'uptake[{name}]'), or leave the variable empty.",
        )
    return known[name]


def _load(back_end: BackEnd, network: nn.Module, plan: Plan) -> Runner:
    """Load with a back end, or with torch where it cannot."""
    try:
        return back_end.load(network, plan)
    except RunnerError as error:
        log.warning("%s; torch takes its place", error)
        return torch_runner.load(network, plan)


def _remembered(network: nn.Module, plan: Plan, others: Sequence[BackEnd]) -> Runner:
    """Load what was chosen before, or choose now."""
    versions = [f"{x.NAME} {x.version()}" for x in (torch_runner, *others)]
    name = f"{runner_cache.key_of(network, plan, *versions, _machine())}.choice"
    chosen = runner_cache.read_table(name).get("runner")
    if chosen == torch_runner.NAME:
        return torch_runner.load(network, plan)
    for back_end in others:
        if chosen == back_end.NAME:
            return _load(back_end, network, plan)
    try:
        runner, seconds, sure = _fastest(network, plan, others)
    except NETWORK_ERRORS:
        # The network itself fails here: whoever runs it on a study says so in a sentence.
        return torch_runner.load(network, plan)
    if sure:
        runner_cache.write_table(name, {"runner": runner.info.name, "seconds": seconds})
    return runner


def _machine() -> str:
    """Name what the speed of a back end hangs on."""
    cpu = torch.cpu.get_capabilities().get("cpu_name", "")
    return f"{cpu} {torch.get_num_threads()} threads"


def _fastest(
    network: nn.Module, plan: Plan, others: Sequence[BackEnd]
) -> tuple[Runner, dict[str, float], bool]:
    """Measure all; return the fastest runner that answers as torch does, and seconds a window.

    The last value is whether the choice may be remembered: not where one failed by accident.
    """
    sure = True
    windows = _example(plan)
    best: Runner = torch_runner.load(network, plan)
    expected = _answers(best, windows)
    least_s = _seconds(best, windows)
    seconds = {torch_runner.NAME: least_s}
    least_s *= CLEARLY
    for back_end in others:
        try:
            runner = back_end.load(network, plan)
            error = _difference(expected, _answers(runner, windows))
            seconds[back_end.NAME] = _seconds(runner, windows)
        except RunnerError as failed:
            log.info("%s; it is not measured", failed)
            sure = sure and failed.lasting
            continue
        if not error <= TOLERANCE:
            log.warning("%s answers otherwise than torch (by %.2g) and is not used",
                        runner.info, error)  # fmt: skip
        elif seconds[back_end.NAME] < least_s:
            best, least_s = runner, seconds[back_end.NAME]
    best.start_sample(None)
    told = ", ".join(f"{name} {s:.3f} s" for name, s in seconds.items())
    log.info("Networks with weights %.8s run with %s (a window: %s)",
             plan.weights_sha256, best.info, told)  # fmt: skip
    return best, seconds, sure


def _example(plan: Plan) -> list[torch.Tensor]:
    """Noise between 0 and 1 of the plan's shapes, always the same."""
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(1, *shape, generator=generator) for shape in plan.shapes]


def _answers(runner: Runner, windows: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Answers with mean weights and as one sample."""
    answers = []
    for seed in (None, 0):
        runner.start_sample(seed)
        answers.append(runner.forward(*windows))
    return answers


def _difference(expected: Sequence[torch.Tensor], found: Sequence[torch.Tensor]) -> float:
    """Largest difference as a share of the largest value or of 1; infinite if no difference is."""
    worst = 0.0
    for a, b in zip(expected, found, strict=True):
        if a.shape != b.shape or not bool(b.isfinite().all()):
            return float("inf")
        worst = max(worst, float((a - b).abs().max()) / max(1.0, float(a.abs().max())))
    return worst


def _seconds(runner: Runner, windows: Sequence[torch.Tensor]) -> float:
    """Least time of a window in s, over `WINDOWS`."""
    times = []
    for _ in range(WINDOWS):
        start = time.perf_counter()
        runner.forward(*windows)
        times.append(time.perf_counter() - start)
    return min(times)
