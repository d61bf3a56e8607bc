"""An MP4 of AV1 read back by libavif: with the marks of a picture sequence its track is one."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

_FILM = b"ftypisom\x00\x00\x02\x00isomiso2av01mp41"
_SEQUENCE = b"ftypavis\x00\x00\x00\x00avismsf1iso8miaf"


def opened(path: Path) -> Image.Image:
    """Open a film as a picture of several frames."""
    data = path.read_bytes()
    assert data.count(_FILM) == 1
    assert data.count(b"vide\0") == 1
    return Image.open(io.BytesIO(data.replace(_FILM, _SEQUENCE).replace(b"vide\0", b"pict\0")))
