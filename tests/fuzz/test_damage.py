"""Damaged input to every reader: 10,000 inputs a run, none of which may break the program.

A fault is any exception but a known sentence, a signal, more than 5 s or 1 GB for one input. What
is tried follows from one seed, so that CI repeats itself (UPTAKE_SEED gives other inputs);
``make fuzz`` goes on from the same corpus for an hour, guided by coverage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fuzzing.mutate import elements
from tests.support.fuzzing.probe import input_of
from tests.support.fuzzing.rounds import tried
from tests.support.fuzzing.targets import CORPUS, TARGETS, run_target, seeds
from tests.support.trials.forked import Forks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and limits are POSIX's")
SEED = int(os.environ.get("UPTAKE_SEED", "0")) * 1_000_000
#: Inputs for each target; in rounds, which spread over processes.
INPUTS, ROUND = 1300, 325


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, INPUTS, ROUND))
@pytest.mark.parametrize("target", TARGETS)
def test_damaged_input_breaks_no_reader(target: str, first: int, forks: Forks) -> None:
    assert tried(forks, target, SEED + first, ROUND) == []


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_is_whole(target: str, tmp_path: Path) -> None:
    """What is damaged is read before: every entry goes all the way."""
    assert seeds(target)
    for _, data in seeds(target):
        run_target(target, data, tmp_path)
        TARGETS[target](data, tmp_path)


def test_the_corpus_is_small() -> None:
    assert sum(x.stat().st_size for x in CORPUS.rglob("*") if x.is_file()) < 64_000


def test_there_are_ten_thousand_inputs() -> None:
    assert INPUTS * len(TARGETS) >= 10_000
    assert INPUTS % ROUND == 0


def test_one_seed_makes_one_input() -> None:
    assert input_of("pixel", 3) == input_of("pixel", 3)
    assert len({input_of("pixel", n) for n in range(50)}) > 40


def test_elements_are_found_within_sequences() -> None:
    data = dict(seeds("header"))["classic_0.dcm"]
    found = {data[x.start : x.start + 4] for x in elements(data)}
    assert b"\x28\x00\x10\x00" in found
    # The dose lies in the radiopharmaceutical's sequence.
    assert b"\x18\x00\x74\x10" in found


def test_a_reader_that_breaks_is_noticed(forks: Forks) -> None:
    """The judge is judged: what dies, hangs, bloats or raises is told apart."""
    told = [tried(forks, f"broken {how}", 0, 2) for how in ("raises", "dies", "bloats")]
    assert [len(x) for x in told] == [2, 2, 2]
    assert "ValueError" in told[0][0].what
    assert "ends with -" in told[1][0].what
    assert "MemoryError" in told[2][0].what
