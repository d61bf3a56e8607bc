"""Values of a stranger's header as the standard allows them: shortened, put right or left out.

What an object inherits has to be valid in it, though it was not in the source: a name of 80
characters, a birth date with points, a number with a comma.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Sequence
from datetime import date

from pydicom.charset import convert_encodings, decode_bytes

from app.core.kit.text import printable
from app.io.write.dicom.elements import decimal

#: Longest text by value representation (PS3.5 table 6.2-1); of a name, each of its three groups.
LONGEST = {"SH": 16, "LO": 64, "PN": 64, "ST": 1024, "LT": 10240, "UC": 10240, "UT": 10240}
#: Texts in which lines may be broken, and in which a backslash parts no values.
_LINES = ("ST", "LT", "UT")
_ESCAPE = b"\x1b"
_ASCII = ("", "ISO_IR 6", "ISO 2022 IR 6")
#: What ends the effect of an escape sequence (PS3.5 6.1.2.5.3); in names their signs too.
_DELIMITERS = frozenset(b"\\\t\n\f\r")
_NAME_DELIMITERS = _DELIMITERS | frozenset(b"^=")


def decoded(raw: bytes, declared: Sequence[str], vr: str) -> str:
    """Return the text of an element, whatever its character set is.

    The declared set comes first; bytes that are not of it, and bytes beyond ASCII where none was
    declared, are taken as UTF-8, or else as Latin-1, in which every byte is a character.

    Parameters
    ----------
    raw
        The value's bytes.
    declared
        Specific Character Set of the source, value by value.
    vr
        Value representation: in a name ``^`` and ``=`` end an escape sequence too.
    """
    with warnings.catch_warnings():
        # Unknown and misspelt sets are taken as they can be, here without a word.
        warnings.simplefilter("ignore")
        encodings = convert_encodings(list(declared) or [""])
        if _ESCAPE in raw:
            ends = _NAME_DELIMITERS if vr == "PN" else _DELIMITERS
            try:
                return decode_bytes(raw, encodings, set(ends))
            except (ValueError, LookupError):
                return raw.decode("latin-1")
    stated = [] if not declared or declared[0] in _ASCII else encodings[:1]
    for encoding in (*stated, "utf-8"):
        try:
            return raw.decode(encoding)
        except (ValueError, LookupError):
            continue
    return raw.decode("latin-1")


def valid_values(text: str, vr: str) -> list[str]:
    """Return the values of a decoded element, each valid in its VR; those that are not are gone."""
    parts = [text] if vr in _LINES else text.split("\\")
    found = (_valid(part.strip(" \0"), vr) for part in parts)
    return [x for x in found if x]


def _valid(text: str, vr: str) -> str:
    rule = _RULES.get(vr)
    if rule is not None:
        return rule(text)
    text = printable(text, lines=vr in _LINES)
    if vr == "PN":
        return _name(text)
    return text[: LONGEST.get(vr, 64)].strip()


def _name(text: str) -> str:
    """Return a name with at most three groups of five components."""
    groups = ["^".join(x.strip() for x in group.split("^")[:5]) for group in text.split("=")[:3]]
    if not any(x.strip("^ ") for x in groups):
        return ""
    # The standard's way to say that a name has one component only.
    alone = "" if "^" in text else "^"
    groups = [x[: LONGEST["PN"] - len(alone)] for x in groups]
    return f"{groups[0]}{alone}" + "".join(f"={x}" for x in groups[1:])


def _date(text: str) -> str:
    """Return YYYYMMDD, from the old YYYY.MM.DD and from ISO's form too."""
    found = re.fullmatch(r"(\d{4})([.-]?)(\d{2})\2(\d{2})", text)
    if found is None:
        return ""
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return ""
    return f"{day:%Y%m%d}" if day.year >= 1000 else ""


def _time(text: str) -> str:
    found = re.fullmatch(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d{1,6})?)?)?", text)
    if found is None:
        return ""
    hours, minutes, seconds = (int(x or 0) for x in found.group(1, 2, 3))
    if hours > 23 or minutes > 59 or seconds > 60:
        return ""
    return "".join(x or "" for x in found.groups())


def _moment(text: str) -> str:
    found = re.fullmatch(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-]\d{4})?", text)
    if found is None or not _date(found[1]) or (found[2] and not _time(found[2])):
        return ""
    return text


def _code(text: str) -> str:
    text = text.upper()
    return text if re.fullmatch(r"[A-Z0-9 _]{1,16}", text) else ""


def _age(text: str) -> str:
    return text if re.fullmatch(r"\d{3}[DWMY]", text) else ""


def _decimal(text: str) -> str:
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is None:
        return ""
    if len(text) <= 16:
        return text
    return decimal(float(text)) if math.isfinite(float(text)) else ""


def _integer(text: str) -> str:
    if re.fullmatch(r"[+-]?\d{1,11}", text) is None or abs(int(text)) >= 2**31:
        return ""
    return text


def _uid(text: str) -> str:
    return text if re.fullmatch(r"[0-9]+(\.[0-9]+)*", text) and len(text) <= 64 else ""


_RULES: dict[str, Callable[[str], str]] = {
    "DA": _date, "TM": _time, "DT": _moment, "CS": _code, "AS": _age, "DS": _decimal,
    "IS": _integer, "UI": _uid,
}  # fmt: skip
