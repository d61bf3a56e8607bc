"""Tracers that are known by name, with their display ranges, from ``resources/tracers.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.core.study.study import SeriesInfo, Study

#: Names of up to this many letters must be a word of their own: `met` is in many words.
SHORT_NAME = 5
#: Stands for a tracer that the list does not know.
OTHER = "another tracer"
_ISOTOPE = r"(?:18f|f18|68ga|ga68|11c|c11|64cu|cu64|124i|i124|89zr|zr89)"


@dataclass(frozen=True)
class TracerRange:
    """Where a reader of a tracer's images begins: SUVbw from 0 to ``upper``."""

    title: str
    upper: float
    codes: tuple[str, ...]
    names: tuple[str, ...]
    source: str

    def matches(self, code: str, name: str) -> bool:
        """Whether a radiopharmaceutical's code or name, as a header writes them, means this one."""
        if code and code in self.codes:
            return True
        words = {_bare(w) for w in re.split(r"[^a-z0-9]+", name.lower())}
        joined = re.sub(r"[^a-z0-9]", "", name.lower())
        return any(n in words if len(n) <= SHORT_NAME else n in joined for n in self.names)


def _bare(word: str) -> str:
    """Return a word without the isotope before or after it: ``f18fdg`` is ``fdg``."""
    return re.sub(f"^{_ISOTOPE}|{_ISOTOPE}$", "", word)


@cache
def tracer_ranges() -> tuple[TracerRange, ...]:
    """Return all ranges, in the order of the file."""
    text = files("resources").joinpath("tracers.toml").read_text(encoding="utf-8")
    return tuple(
        TracerRange(
            str(x["title"]),
            float(x["upper"]),
            tuple(x.get("codes", ())),
            tuple(x["names"]),
            str(x["source"]),
        )
        for x in tomllib.loads(text)["tracers"]
    )


def range_of_tracer(code: str, name: str) -> TracerRange | None:
    """Return the range for a radiopharmaceutical; the code is asked before the name.

    Examples
    --------
    >>> range_of_tracer("35321007", "").upper, range_of_tracer("", "[18F]FLT").upper
    (7.0, 4.0)
    """
    by_code = next((x for x in tracer_ranges() if x.matches(code, "")), None)
    return by_code or next((x for x in tracer_ranges() if x.matches("", name)), None)


def range_of_study(study: Study) -> TracerRange | None:
    """Return the range for the tracer of a study's PET, or ``None`` where it is not known."""
    uid = None if study.pet is None else study.pet.series_uid
    series = study.series_of(study.choice.pet_uid or uid)
    return None if series is None else _range_of_series(series)


def known_tracer(series: SeriesInfo | None) -> str:
    """Return the name of a series' tracer by this list; of another one only that it is there.

    What a header names is free text, which documents and sentences do not repeat.
    """
    if series is None:
        return ""
    found = _range_of_series(series)
    if found is not None:
        return found.title
    return OTHER if series.tracer.strip() else ""


def _range_of_series(series: SeriesInfo) -> TracerRange | None:
    code = str(series.headers.get("RadiopharmaceuticalCode") or "")
    return range_of_tracer(code, series.tracer)
