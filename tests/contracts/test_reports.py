"""Other people's troubles, tried here: the right value, a refusal, or a note; never in silence.

Third-party data beside the checkout: what is right for each input stands in
`tests.support.trials.shared_reports` and `tests.support.trials.shared_hostile`. The table of all
verdicts is printed by ``python -m tests.support.trials.tally``.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from app.core.space.volume import Volume
from app.io.open.study import open_study
from tests.support.trials.shared_hostile import HOSTILE, hostile_trials
from tests.support.trials.shared_reports import REPORTS, Trial, answers, report_trials
from tests.support.trials.tally import run_trial
from tests.support.trials.verdict import Verdict
from viewers.make.mip import compute_mip_frames

pytestmark = [
    pytest.mark.skipif(not REPORTS.is_dir(), reason="../shared/data/reports is not there"),
    pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX's"),
]
TRIALS = [*report_trials(), *hostile_trials()] if REPORTS.is_dir() else []


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda x: x.name)
def test_an_input_is_right_or_refused_or_noted(trial: Trial) -> None:
    finding = run_trial(trial)
    assert finding.verdict is not Verdict.WRONG, finding.why


def test_values_that_are_no_numbers_hide_nothing_in_the_mip() -> None:
    """The hot box stands in every frame as it does where nothing is NaN."""
    plain, holed = (compute_mip_frames(_pet_of(x), 4) for x in ("13-pet", "17-f_float_nan"))
    for n in range(4):
        box = plain.values(n) > 5.0
        assert box.any()
        np.testing.assert_allclose(holed.values(n).max(), plain.values(n).max(), rtol=1e-3)
        assert np.count_nonzero(holed.values(n) > 5.0) == np.count_nonzero(box)


def _pet_of(name: str) -> Volume:
    pet = open_study([REPORTS / name]).pet
    assert pet is not None
    return pet


def test_every_shared_input_is_tried() -> None:
    tried = {x.name for x in TRIALS}
    there = {f"hostile/{x.name}" for x in HOSTILE.iterdir() if x.name != "mask_m.nii.gz"}
    assert tried == there | set(answers())
