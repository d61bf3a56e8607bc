"""Person names: taken apart in one place, as DICOM writes them and as people read them.

DICOM writes ``Family^Given^Middle^Prefix^Suffix``, in up to three groups apart by ``=`` (Latin,
ideographic, phonetic).
"""

from __future__ import annotations


def name_parts(dicom_name: str) -> tuple[str, str, str, str, str]:
    """Family, given, middle name, prefix and suffix of the first group that holds a name.

    >>> name_parts("Doe^Jane ^Q=ignored")
    ('Doe', 'Jane', 'Q', '', '')
    """
    groups = (x for x in dicom_name.split("=") if x.strip(" ^"))
    parts = [" ".join(x.split()) for x in next(groups, "").split("^")]
    family, given, middle, prefix, suffix = (*parts[:5], *[""] * 5)[:5]
    return family, given, middle, prefix, suffix


def readable_name(dicom_name: str) -> str:
    """Write a name as people read it; a suffix tells father and son apart, a title says no one.

    >>> readable_name("Doe^John^Q^Dr^Jr")
    'Doe, John Q Jr'
    """
    family, given, middle, _, suffix = name_parts(dicom_name)
    rest = " ".join(x for x in (given, middle, suffix) if x)
    return ", ".join(x for x in (family, rest) if x)


def comparable_name(dicom_name: str) -> str:
    """Return family and given name without what scanners write differently: case, middle names.

    >>> comparable_name("DOE^JANE^Q") == comparable_name("Doe^Jane")
    True
    """
    family, given, *_ = name_parts(dicom_name.casefold())
    return f"{family}^{given}".strip("^")
