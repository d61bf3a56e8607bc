"""What a trial of an input ends in: the right value, a refusal, a note, or something wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

#: Largest difference of an SUV or a volume in ml that is rounding.
TOLERANCE = 1e-3
#: More memory (MB) than any of the small inputs needs: what takes more trusts a header.
PEAK_MB = 1500.0
#: SUVmax, SUVmean and metabolic volume in ml of one outline.
Values = tuple[float, float, float]


class Verdict(StrEnum):
    """How a trial ended; only ``WRONG`` is a fault whatever the input is."""

    RIGHT = "right"
    REFUSED = "refused"
    NOTED = "noted"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Told:
    """What a run of the program ended with; ``code`` is ``None`` where it was stopped."""

    code: int | None
    out: str
    err: str
    seconds: float = 0.0
    peak_mb: float = 0.0

    @cached_property
    def document(self) -> dict[str, Any]:
        """The JSON document on standard output, empty where there is none."""
        try:
            found = json.loads(self.out)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What the program said on standard error."""
        return tuple(
            x.removeprefix("uptake: ") for x in self.err.splitlines() if x.startswith("uptake: ")
        )

    @cached_property
    def notes(self) -> str:
        """Everything a reader is told beside the numbers, one sentence a line."""
        document, suv = self.document, self.document.get("provenance", {}).get("suv") or {}
        chosen = document.get("chosen", {})
        said = [*self.sentences, *suv.get("warnings", []), *chosen.get("warnings", [])]
        said += document.get("provenance", {}).get("warnings", [])
        said += [chosen["why"]] if "why" in chosen else []
        said += [x["reason"] for x in document.get("refused", [])]
        said += [w for x in document.get("series", []) for w in x.get("warnings", [])]
        return "\n".join(dict.fromkeys(said))

    @cached_property
    def rule(self) -> str:
        """The rule by which the SUV came about."""
        suv = self.document.get("provenance", {}).get("suv") or {}
        return str(suv.get("rule") or "")

    @cached_property
    def measured(self) -> dict[str, Values]:
        """The values of each outline, by its name."""
        return {
            x["name"]: (x["suv_max"], x["suv_mean"], x["mtv_ml"])
            for x in self.document.get("lesions", [])
            if x.get("suv_max") is not None
        }


@dataclass(frozen=True)
class Expected:
    """What is right for one input.

    Attributes
    ----------
    truth
        Values by outline; ``None`` where they cannot be known, so that only a refusal or a note
        is right.
    note
        What a note must name (a regular expression) where the values differ from the truth.
    accepted
        The verdicts that are right.
    reason
        What a refusal must name.
    always
        What must be said even beside the right values.
    never
        What must not be said.
    check
        Judges what is not a measurement: an empty text where it is right.
    bound
        What even values with a note must hold: an empty text where they do.
    """

    truth: Mapping[str, Values] | None = None
    note: str = r".^"
    accepted: frozenset[Verdict] = frozenset({Verdict.RIGHT, Verdict.REFUSED, Verdict.NOTED})
    reason: str = ""
    always: str = ""
    never: str = ""
    check: Callable[[Told], str] | None = None
    bound: Callable[[Told], str] | None = None
    peak_mb: float = PEAK_MB


@dataclass(frozen=True)
class Finding:
    """The verdict on one trial, with what was seen, and the rule of the SUV where there is one."""

    verdict: Verdict
    why: str
    rule: str = ""


def judge(told: Told, expected: Expected) -> Finding:
    """Judge one run of the program."""
    crash = crashed(told, expected.peak_mb)
    if crash:
        return Finding(Verdict.WRONG, crash)
    found = _refusal(told, expected) if told.code else _values(told, expected)
    found = replace(found, rule=told.rule)
    if found.verdict is not Verdict.WRONG and found.verdict not in expected.accepted:
        return Finding(Verdict.WRONG, f"{found.verdict}: {found.why}")
    return found


def crashed(told: Told, peak_mb: float = PEAK_MB) -> str:
    """Say how a run broke, or return an empty text."""
    if told.code is None:
        return f"hangs: stopped after {told.seconds:.0f} s"
    if told.code < 0 or told.code > 2:
        return f"dies: signal {-told.code}" if told.code < 0 else f"dies: exit code {told.code}"
    if "Traceback (most recent call last)" in told.err:
        return f"traceback: {told.err.strip().splitlines()[-1][:100]}"
    if told.code == 2:
        return "wrong use of the command line"
    if told.peak_mb > peak_mb:
        return f"bloats: {told.peak_mb:.0f} MB"
    return ""


def _refusal(told: Told, expected: Expected) -> Finding:
    said = [x for x in told.sentences if not x.startswith("note: ")]
    if not said:
        return Finding(Verdict.WRONG, "fails without a sentence")
    # A series without SUV says why in a note, and that SUV is needed in the refusal.
    if not re.search(expected.reason, "\n".join(told.sentences), re.IGNORECASE):
        return Finding(Verdict.WRONG, f"refused for another reason: {said[-1]}")
    # Without an SUV the reason stands in a note, and the refusal says only what is needed.
    reasons = [x.removeprefix("note: ") for x in told.sentences if "No SUV:" in x]
    return Finding(Verdict.REFUSED, " ".join(reasons or said))


def _values(told: Told, expected: Expected) -> Finding:
    if expected.never and (said := re.search(expected.never, told.notes, re.IGNORECASE)):
        return Finding(Verdict.WRONG, f"says {said[0]!r}")
    if expected.bound is not None and (broken := expected.bound(told)):
        return Finding(Verdict.WRONG, broken)
    wrong = _difference(told, expected)
    named = re.search(expected.note, told.notes, re.IGNORECASE)
    if wrong and not named:
        return Finding(Verdict.WRONG, f"silent: {wrong}")
    if wrong:
        return Finding(Verdict.NOTED, _line_with(told.notes, expected.note))
    if expected.always and not re.search(expected.always, told.notes, re.IGNORECASE):
        return Finding(Verdict.WRONG, f"right, but nothing is said of {expected.always}")
    return Finding(Verdict.RIGHT, _line_with(told.notes, expected.always or expected.note))


def _difference(told: Told, expected: Expected) -> str:
    """Say what differs from the truth, or return an empty text."""
    if expected.check is not None:
        return expected.check(told)
    if expected.truth is None:
        return f"the truth cannot be known, but {_shown(told.measured)} is given"
    for name, values in expected.truth.items():
        if name not in told.measured:
            return f"{name} is missing among {sorted(told.measured)}"
        found = told.measured[name]
        if any(abs(a - b) > TOLERANCE for a, b in zip(found, values, strict=True)):
            return f"{_shown({name: found})}, not {_shown({name: values})}"
    return ""


def _shown(measured: Mapping[str, Values]) -> str:
    said = (f"{n} max {a:.4f} mean {b:.4f} {c:.3f} ml" for n, (a, b, c) in measured.items())
    return "; ".join(said) or "no outline"


def _line_with(notes: str, pattern: str) -> str:
    found = [x for x in notes.splitlines() if re.search(pattern, x, re.IGNORECASE)]
    return found[0].removeprefix("note: ") if found else ""
