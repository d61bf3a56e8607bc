"""Numbers and times as the reader writes them."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from viewers.paint import numbers

NOT_KNOWN = "–"


def number(value: float | None, decimals: int) -> str:
    """Write a number in the reader's locale; a dash where it is not known."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return numbers.number(value, decimals)


def significant(value: float | None) -> str:
    """Write a number with about three figures: 0.42, 3.14, 27.4, 318."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return number(value, _decimals(value))


def interval(bounds: tuple[float, float] | None) -> str:
    """Write a 90 % interval such as ``24.1–30.2``, or nothing where there is none."""
    if bounds is None or not all(math.isfinite(x) for x in bounds):
        return ""
    low, high = bounds
    decimals = _decimals(high)
    return f"{number(low, decimals)}–{number(high, decimals)}"


def _decimals(value: float) -> int:
    # By what will be shown: 9.996 is 10.0, not 10.00.
    size = abs(value)
    return 2 if size < 9.995 else 1 if size < 99.95 else 0


def percent(share: float | None) -> str:
    """Write a share of 0 to 1 as whole percents."""
    if share is None or not math.isfinite(share):
        return NOT_KNOWN
    return f"{number(100.0 * share, 0)} %"


def shift(percents: float | None) -> str:
    """Write a change in percent, with its sign: ``+4 %``, ``−12 %``."""
    if percents is None or not math.isfinite(percents):
        return NOT_KNOWN
    shown = number(abs(percents), 1 if abs(percents) < 9.95 else 0)
    sign = "" if not float(round(percents, 1)) else "+" if percents > 0 else "\u2212"
    return f"{sign}{shown} %"


def remaining(seconds: float | None) -> str:
    """Say how long is left, coarsely: a false precision would jump about."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 8:
        return QCoreApplication.translate("text", "a few seconds left")
    if seconds < 90:
        tens = 5 * round(seconds / 5)
        return QCoreApplication.translate("text", "about {0} s left").format(tens)
    return QCoreApplication.translate("text", "about {0} min left").format(round(seconds / 60))
