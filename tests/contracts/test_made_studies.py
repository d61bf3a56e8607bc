"""Made studies: every fault of every kind, and random PET series, end in the truth or are said.

Whatever a header holds: the right value, a refusal with its reason, or a note that names the
matter; never another number in silence, a traceback, a signal, a hang or a bloat. Each run is a
fork of the program, so that what kills it is seen. ``python -m tests.support.trials.made_trials``
prints the table of verdicts.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.faults.fault import Fault
from tests.support.faults.randomly import Drawn, drawn, usable
from tests.support.faults.variants import variants
from tests.support.made.recipe import Recipe, make
from tests.support.trials.compatibility import recorded, row_of
from tests.support.trials.forked import Forks
from tests.support.trials.made_trials import try_fault
from tests.support.trials.verdict import Expected, Verdict, judge

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and limits are POSIX's")
#: One seed, so that CI repeats itself; UPTAKE_SEED gives other studies.
SEED = int(os.environ.get("UPTAKE_SEED", "14"))
STUDIES, BATCH = 2000, 50


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("fault", variants(), ids=lambda x: x.name)
def test_a_fault_is_never_silent(fault: Fault, forks: Forks) -> None:
    finding = try_fault(fault, forks)
    assert finding.verdict is not Verdict.WRONG, f"{fault.says}: {finding.why}"
    said, row = recorded()[fault.name], row_of(fault, finding)
    assert said.verdict == row.verdict, "docs/compatibility.csv says otherwise"
    if sys.platform == "linux":
        # The page quotes what was said where it was made; decoders elsewhere say it otherwise.
        assert said == row, "docs/compatibility.csv says otherwise: run `make compatibility`"


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(STUDIES // BATCH))
def test_random_studies_are_right_or_refused_or_noted(batch: int, forks: Forks) -> None:
    wrong, lost = [], 0
    for n in range(batch * BATCH, (batch + 1) * BATCH):
        case = drawn(SEED * 1_000_000 + n)
        with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tried, expected, mask = _written(case, Path(name))
            told = forks.run(["measure", Path(name) / "study", "--mask", mask, "--json"])
        lost += len(case.faults) - len(tried.faults)
        finding = judge(told, expected)
        if finding.verdict is Verdict.WRONG:
            wrong.append(f"{tried}: {finding.why}")
    assert lost <= BATCH // 10, "faults are to meet a study, not to be left out"
    assert wrong == [], "\n".join(wrong)


def _written(case: Drawn, folder: Path) -> tuple[Drawn, Expected, Path]:
    """Write a case, without a fault that the recipe or the one before leaves nothing to spoil."""
    try:
        study = case.study()
        expected, mask = case.expected(study), study.write(folder)
    except (AttributeError, KeyError, TypeError, ValueError):
        if not case.faults:
            raise
        shutil.rmtree(folder)
        folder.mkdir()
        return _written(replace(case, faults=case.faults[:-1]), folder)
    return case, expected, mask


def test_there_are_faults_of_every_kind() -> None:
    assert len(variants()) >= 150
    assert len(usable()) >= 100
    assert len({x.kind for x in variants()}) == 12


def test_the_default_truth_is_that_of_the_shared_reports() -> None:
    """Weight / (dose x 2^(-t/T)): the values of ``expected.csv``."""
    greatest, mean, volume_ml = make(Recipe()).truth
    assert greatest == pytest.approx(17.5276, abs=1e-4)
    assert mean == pytest.approx(11.7460, abs=1e-4)
    assert volume_ml == pytest.approx(5.760, abs=1e-9)


def test_a_silent_wrong_number_is_noticed(forks: Forks) -> None:
    """The judge is judged: a study whose dose is wrong within reason is silently wrong."""
    plain = next(x for x in variants() if x.name == "05-sound_from_head")
    lied = next(x for x in variants() if x.name == "03-slopes_differ")
    assert try_fault(plain, forks).verdict is Verdict.RIGHT

    def half_the_dose(study: object) -> None:
        for file in study.pet:  # type: ignore[attr-defined]
            item = file.dataset.RadiopharmaceuticalInformationSequence[0]
            item.RadionuclideTotalDose = 1.75e8

    fault = Fault("lie", "plausibility", "half of the dose", half_the_dose, recipe=lied.recipe)
    finding = try_fault(fault, forks)
    assert finding.verdict is Verdict.WRONG
    assert "silent" in finding.why
