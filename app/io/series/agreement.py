"""Weight, dose and times that the images of one PET series state alike or not: most decide.

The header of one image speaks for a series. Where others state another dose, it is that of most
images that does, never just the first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from app.io.dicom.header import Instance
from app.io.dicom.instances import stated_of
from app.io.dicom.scan import header_of
from app.io.dicom.stated import Stated

#: What is compared, in the order of `_facts`; the last five are those of `tracer_text`.
_NAMES = ("weight", "height", "series time", "Philips SUV factor", "Philips Bq/ml factor",
          "injected dose", "half-life", "injection time", "injection time", "nuclide")  # fmt: skip
Facts = tuple[str, ...]


def agreed(images: Sequence[Instance]) -> tuple[list[Instance], tuple[str, ...]]:
    """Return the images that speak for a PET series, and what is to be said of the others."""
    read: dict[Stated, Facts] = {}
    by_facts: dict[Facts, list[Instance]] = defaultdict(list)
    for x in images:
        if x.stated not in read:
            read[x.stated] = _facts(x)
        by_facts[read[x.stated]].append(x)
    if len(by_facts) == 1:
        return list(images), ()
    # What is left unsaid decides nothing: of as many images the fuller ones speak.
    facts = max(by_facts, key=lambda x: (len(by_facts[x]), sum(map(bool, x))))
    speaking = by_facts[facts]
    others: Counter[str] = Counter()
    apart = 0
    for other, group in by_facts.items():
        differing = {n for n, a, b in zip(_NAMES, facts, other, strict=True) if a and b and a != b}
        apart += len(group) if differing else 0
        others.update(dict.fromkeys(sorted(differing), len(group)))
    if not others:
        return speaking, ()
    return speaking, (_note(apart, len(speaking), len(images), [*others]),)


def _note(apart: int, speaking: int, total: int, names: Sequence[str]) -> str:
    listing = " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "states" if apart == 1 else "state"
    said = f"{apart} of {total} images {verb} another {listing}"
    if speaking > apart:
        return f"{said}; what most images state is used."
    return f"{said}; nothing tells which is right: check before relying on SUV."


def _facts(image: Instance) -> Facts:
    """Return weight, height, series time and the tracer of an image, numbers in one way."""
    stated = image.stated
    if stated.tracer and not stated.tracer.startswith("="):
        stated = stated_of(header_of(image.path))
    tracer = stated.tracer.removeprefix("=").split("\\")
    # A second tracer is judged where the SUV is; the first one's values are compared.
    first = (*tracer, "", "", "", "", "")[:5]
    factors = (_factor(stated.philips_suv), _factor(stated.philips_bqml))
    return (_plain(stated.weight), _plain(stated.height), stated.series_time, *factors, *first)


def _factor(value: str) -> str:
    """Return a factor in one way; zero stands for one that is not known."""
    plain = _plain(value)
    return "" if plain == "0" else plain


def _plain(value: str) -> str:
    try:
        return f"{float(value):.9g}"
    except ValueError:
        return value
