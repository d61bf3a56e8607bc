"""Numbers and dates on screen, in the reader's locale: one way for panes, docks and dialogs."""

from __future__ import annotations

import math

from PySide6.QtCore import QDate, QLocale, Qt


def number(value: float, decimals: int = 1) -> str:
    """Write a number in the reader's locale, without a minus before zero."""
    rounded = round(value, decimals) + 0.0
    return QLocale().toString(float(rounded), "f", decimals).replace("-", "\u2212")


def amount(value: float) -> str:
    """Write a bound of a display range: as many digits as it needs."""
    if abs(value) >= 100 or float(value).is_integer():
        return number(value, 0)
    decimals = max(1, -math.floor(math.log10(abs(value))))
    # A quarter needs one digit more: the middle of a scale that ends at 0.5.
    short, long = (math.isclose(round(value, decimals + n), value, rel_tol=1e-9) for n in (0, 1))
    return number(value, decimals + (long and not short))


def short_date(dicom_date: str) -> str:
    """Write a DICOM date (``YYYYMMDD``) in the reader's locale; other texts stay as they are."""
    date = QDate.fromString(dicom_date[:8], "yyyyMMdd")
    if not date.isValid():
        return dicom_date
    if QLocale().language() is QLocale.Language.C:
        return date.toString(Qt.DateFormat.ISODate)
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)
