"""Rounds of damaged inputs in forks: what broke, by input."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.support.fuzzing.probe import INPUT_S
from tests.support.trials.forked import Forks


@dataclass(frozen=True)
class Broken:
    """One input that broke a reader: ``seed`` makes it again (`tests.support.fuzzing.probe`)."""

    target: str
    seed: int
    what: str


def tried(forks: Forks, target: str, first: int, count: int) -> list[Broken]:
    """Try so many inputs from a seed on; a fork that dies is one fault, and the round goes on."""
    broken, at, end = list[Broken](), first, first + count
    while at < end:
        told = forks.run(
            ["probe-fuzz", target, at, end - at], time_s=INPUT_S * 4 + 0.05 * (end - at)
        )
        for line in told.out.splitlines():
            seed, what = json.loads(line)
            broken.append(Broken(target, seed, what))
        if told.code == 0:
            break
        started = [int(x) for x in told.err.split("\n") if x.isdigit()]
        at = (started[-1] if started else at) + 1
        how = "hangs" if told.code is None else f"ends with {told.code}"
        broken.append(Broken(target, at - 1, f"the process {how}"))
    return broken
