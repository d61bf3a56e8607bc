"""What a dragged series carries from a list to a pane: its study's key and its UID."""

from __future__ import annotations

#: MIME type of a dragged series.
SERIES_MIME = "application/x-uptake-series"


def packed_series(study_key: str, series_uid: str) -> bytes:
    """Return what a drag carries.

    >>> unpacked_series(packed_series("a", "1.2"))
    ('a', '1.2')
    """
    return f"{study_key}\n{series_uid}".encode()


def unpacked_series(data: bytes) -> tuple[str, str]:
    """Return a study's key and a series UID; empty where the data hold none."""
    key, _, uid = data.decode("utf-8", "replace").partition("\n")
    return key, uid
