"""Trials of made studies: ``python -m tests.support.trials.made_trials [--tree CHECKOUT] [NAMES]``.

Builds every variant of `tests.support.faults.variants`, runs it in a fork and judges the answer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.faults.fault import Fault
from tests.support.faults.variants import faulty, variants
from tests.support.places import ROOT
from tests.support.trials.forked import Forks
from tests.support.trials.tally import counts, line_of
from tests.support.trials.verdict import Finding, Verdict, judge


def arguments_of(fault: Fault, folder: Path, mask: Path) -> list[str]:
    """Return the command that a fault is tried with."""
    path = str(folder / fault.path)
    return {
        "measure": ["measure", path, "--mask", str(mask), "--json"],
        "nifti": ["measure", "--pet", path, "--mask", str(mask), "--json"],
        "info": ["info", path, "--json"],
        "ct": ["probe-ct", path, str(mask)],
    }[fault.command]


def try_fault(fault: Fault, forks: Forks) -> Finding:
    """Build a study with a fault, run the program on it, and judge."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        study = faulty(fault)
        expected = fault.expected(study)
        arguments = arguments_of(fault, folder, study.write(folder))
        return judge(forks.run(arguments, encoding=fault.encoding), expected)


def try_all(faults: Sequence[Fault], tree: Path = ROOT, workers: int = 2) -> list[Finding]:
    """Try faults side by side, in their order."""

    def part(number: int) -> list[Finding]:
        with Forks(tree) as forks:
            return [try_fault(x, forks) for x in faults[number::workers]]

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(part, range(workers)))
    return [parts[n % workers][n // workers] for n in range(len(faults))]


def main() -> int:
    """Print the table; the exit code is 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--wrong", type=Path, help="also add the wrong ones to this file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("names", nargs="*", help="beginnings of names, or kinds; all without")
    options = parser.parse_args()
    chosen = [
        x
        for x in variants()
        if not options.names or any(x.name.startswith(n) or x.kind == n for n in options.names)
    ]
    findings = try_all(chosen, options.tree, options.workers)
    lines = [line_of(x.name, x.kind, f) for x, f in zip(chosen, findings, strict=True)]
    sys.stdout.write("\n".join([*lines, "", counts(findings), ""]))
    wrong = [x for x, f in zip(lines, findings, strict=True) if f.verdict is Verdict.WRONG]
    if options.wrong is not None:
        with options.wrong.open("a", encoding="utf-8") as file:
            file.write("\n".join([f"Made variants: {counts(findings)}", *wrong, ""]))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
