"""The page on compatibility: what is read, by which rule, what is refused, what is noted.

``python -m tests.support.trials.compatibility`` tries every made fault, writes what the program
said to ``docs/compatibility.csv`` and the page ``docs/compatibility.md`` from that; with ``--page``
the page alone. `tests/contracts/test_made_studies.py` holds every row against a fresh trial, so
that the page stays true.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.faults.fault import Fault
from tests.support.faults.variants import variants
from tests.support.places import ROOT
from tests.support.trials.made_trials import try_all
from tests.support.trials.tally import counts
from tests.support.trials.verdict import Finding, Verdict

TABLE, PAGE = ROOT / "docs" / "compatibility.csv", ROOT / "docs" / "compatibility.md"
#: Kinds in the order of the page: title, and what a reader should know before the table.
_SECTIONS = {
    "encoding": (
        "Encoding of the files",
        "The data of each file decide how it is read, not what its head says of it.",
    ),
    "numbers": (
        "Numbers that cannot be read",
        "Where slope, intercept, spacing, weight, dose or half-life is no number, none is assumed.",
    ),
    "mixed series": (
        "Series that are several things, studies that are mixed",
        "Images are grouped by what they are. Patients are never mixed.",
    ),
    "geometry": (
        "Positions, orientations and frames",
        "Small differences are one grid; what does not fit is left out, and said.",
    ),
    "times": (
        "Times",
        "SUV needs the time from injection to scan. What a header cannot mean is not used.",
    ),
    "plausibility": (
        "Dose, half-life, body, units",
        "Values are judged together: a dose that nobody injects, a half-life of another nuclide, "
        "images that no SUV can be.",
    ),
    "enhanced": (
        "Enhanced PET",
        "Enhanced objects say in their own elements what classic images say in others.",
    ),
    "pictures": (
        "Values that are no numbers, padding",
        "What was not measured is not measured on, shown or projected.",
    ),
    "damaged": (
        "Damaged files",
        "A file whose size, stream or header does not fit is left out and named, or refused.",
    ),
    "outlines": (
        "Outlines (NIfTI, RTSTRUCT, SEG)",
        "Every outline keeps its own voxels; what cannot be read is named.",
    ),
    "text": ("Names in any character set", "Output is valid JSON whatever a name holds."),
    "folders": (
        "Folders, discs and archives",
        "Links and discs are followed where that is safe.",
    ),
}
_INTRODUCTION = """# What is read, refused and noted

<!-- Made by tests/support/trials/compatibility.py from docs/compatibility.csv; do not edit. -->

Uptake gives the right value, or refuses with the reason, or gives a value with a plain note that
names the doubt. It does not give a number in silence that a header has bent.

This page lists {count} things that were tried: PET series made from nothing with a known truth,
each with one fault that was seen in other people's reports, or with none. Every row is tried again
by the project's tests. What Uptake says is quoted as it says it; numbers and names in the quotes
are those of the trial. Notes stand in the picture's corner, in the table's head, on standard error
and in every export.

| answer | meaning | tried |
|---|---|---|
| right | the value is the true one; a note may tell of an assumption | {right} |
| refused | no value, and the reason | {refused} |
| noted | the value may differ from the truth, and a note says why | {noted} |

## By which rule an SUV comes about

SUV = activity (Bq/ml) x weight (g) / dose (Bq), with the dose brought to the time that the images
are decay corrected to. These are the rules as the program states them beside every number, with
the headers that led to them:

{rules}
"""


@dataclass(frozen=True)
class Row:
    """One trial as the table holds it."""

    name: str
    kind: str
    says: str
    verdict: str
    words: str
    rule: str


def row_of(fault: Fault, finding: Finding) -> Row:
    """Return the row of a trial; places of the trial are left out of the words."""
    words = re.sub(r"/\S*/", "", " ".join(finding.why.split()))
    return Row(fault.name, fault.kind, fault.says, str(finding.verdict), words, finding.rule)


@cache
def recorded() -> dict[str, Row]:
    """Return the rows of the table, by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: Row(**row) for row in csv.DictReader(file)}


def write_table(rows: Sequence[Row]) -> None:
    """Write the table anew."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(vars(rows[0]))
        out.writerows(vars(x).values() for x in rows)
    recorded.cache_clear()


def page() -> str:
    """Return the page that the table makes."""
    rows = list(recorded().values())
    number = {v: sum(x.verdict == v for x in rows) for v in ("right", "refused", "noted")}
    parts = [_INTRODUCTION.format(count=len(rows), rules=_rules(rows), **number)]
    for kind, (title, text) in _SECTIONS.items():
        parts.append(f"## {title}\n\n{text}\n")
        parts.append(_table([x for x in rows if x.kind == kind]))
    return "\n".join(parts)


def _rules(rows: Sequence[Row]) -> str:
    """Return the rules by which right values came about, each once, with its first trials."""
    found: dict[str, list[str]] = {}
    for x in rows:
        if x.verdict == "right" and x.rule:
            found.setdefault(x.rule, []).append(x.says)
    lines = ["| rule | for example |", "|---|---|"]
    lines += [f"| {_cell(rule)} | {_cell(_few(says))} |" for rule, says in sorted(found.items())]
    return "\n".join(lines)


def _table(rows: Sequence[Row]) -> str:
    """Return one table: trials with the same answer in the same words share a line."""
    found: dict[tuple[str, str], list[str]] = {}
    for x in rows:
        found.setdefault((x.verdict, _plain(x.words)), []).append(x.says)
    order = [str(v) for v in Verdict]
    lines = ["| what was tried | answer | in its words |", "|---|---|---|"]
    for (verdict, words), says in sorted(found.items(), key=lambda x: (order.index(x[0][0]), x[0])):
        lines.append(f"| {_cell('; '.join(dict.fromkeys(says)))} | {verdict} | {_cell(words)} |")
    return "\n".join([*lines, ""])


def _plain(words: str) -> str:
    """Leave the names of the trial's files out."""
    return re.sub(r"\b(pt|ct)\d+\.dcm", "FILE.dcm", words)


def _few(says: Iterable[str], most: int = 4) -> str:
    every = list(dict.fromkeys(says))
    return "; ".join(every[:most]) + ("; …" if len(every) > most else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the table and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="from the table that is there")
    options = parser.parse_args()
    code = 0
    if not options.page:
        findings = try_all(variants())
        rows = [row_of(x, f) for x, f in zip(variants(), findings, strict=True)]
        write_table(rows)
        sys.stdout.write(f"{counts(findings)}\n")
        code = int(any(x.verdict is Verdict.WRONG for x in findings))
    Path(PAGE).write_text(page(), encoding="utf-8")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
