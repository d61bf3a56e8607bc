"""Count verdicts: ``python -m tests.support.trials.tally [--tree CHECKOUT] [--wrong FILE]``.

Runs every shared input through the command line of a checkout (this one by default), prints one
line each, and the counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.places import ROOT
from tests.support.trials.command import uptake
from tests.support.trials.shared_hostile import hostile_trials
from tests.support.trials.shared_reports import OUT, Trial, report_trials, with_out
from tests.support.trials.verdict import Finding, Verdict, judge


def run_trial(trial: Trial, tree: Path = ROOT) -> Finding:
    """Run one trial through the command line and judge it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        told = uptake([str(out) if x == OUT else x for x in trial.arguments], tree=tree)
        if OUT in trial.arguments:
            told = with_out(told, out)
        return judge(told, trial.expected)


def line_of(name: str, kind: str, finding: Finding) -> str:
    """Return one line of the table."""
    return f"{finding.verdict:<8} {kind:<13} {name:<46} {finding.why[:160]}"


def counts(findings: Sequence[Finding]) -> str:
    """Return how many of each verdict."""
    found = Counter(x.verdict for x in findings)
    return ", ".join(f"{found[v]} {v}" for v in Verdict) + f" of {len(findings)}"


def main() -> int:
    """Print the table; the exit code is 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--wrong", type=Path, help="also write the wrong ones to this file")
    parser.add_argument("names", nargs="*", help="parts of names; all without")
    options = parser.parse_args()
    chosen = [
        x
        for x in [*report_trials(), *hostile_trials()]
        if not options.names or any(n in x.name for n in options.names)
    ]
    with ThreadPoolExecutor(2) as pool:
        findings = list(pool.map(lambda x: run_trial(x, options.tree), chosen))
    lines = [line_of(t.name, t.kind, f) for t, f in zip(chosen, findings, strict=True)]
    sys.stdout.write("\n".join([*lines, "", counts(findings), ""]))
    wrong = [x for x, f in zip(lines, findings, strict=True) if f.verdict is Verdict.WRONG]
    if options.wrong is not None:
        options.wrong.write_text("\n".join([counts(findings), *wrong, ""]), encoding="utf-8")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
