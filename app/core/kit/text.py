"""Text of strangers where machines and terminals read it: names of files, words of headers.

A name may hold bytes that are no text in any character set (Python keeps them as halves of
surrogates), and signs that a terminal obeys: escape sequences, the bell, the turning round of a
line. Written out they are seen and do nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

#: Signs that turn a line round or end it unseen: marks of direction, separators of lines.
_TURNING = "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f"
_OBEYED = re.compile(f"[\x00-\x1f\x7f-\x9f{_TURNING}]")
_HALVES = re.compile("[\ud800-\udfff]")
#: In JSON those below a space are written out anyway.
_OBEYED_IN_JSON = re.compile(f"[\x7f-\x9f{_TURNING}]")


def whole(text: str) -> str:
    r"""Return a text that can be encoded: bytes that are no text become ``\xNN``.

    >>> whole("caf\udce9")
    'caf\\xe9'
    """
    return _HALVES.sub(_written_half, text)


def visible(text: str) -> str:
    r"""Return a text as one line that a terminal shows and does not obey.

    >>> visible("PET\x1b[2J")
    'PET\\x1b[2J'
    """
    return _OBEYED.sub(_written, whole(text))


def json_text(document: Any, *, indent: int | None = 2) -> str:
    r"""Return a document as JSON that is UTF-8 whatever its strings hold.

    Signs that a terminal obeys are written as ``\uNNNN``; letters of every script stay.

    Raises
    ------
    ValueError
        If a number is not finite: `app.io.write.documents.plain.plain` makes it null first.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    # Both stand inside strings only; there a backslash is two.
    text = _HALVES.sub(lambda x: _written_half(x).replace("\\", "\\\\"), text)
    return _OBEYED_IN_JSON.sub(lambda x: json.dumps(x[0])[1:-1], text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _written_half(found: re.Match[str]) -> str:
    code = ord(found[0])
    # A byte that Python could not decode (PEP 383) is shown as itself.
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def printable(text: str, *, lines: bool = False) -> str:
    """Return a text without control characters and halves of surrogates.

    Parameters
    ----------
    lines
        Keep what breaks lines.
    """
    kept = "\r\n\t\f" if lines else ""
    return "".join(x for x in text if x in kept or unicodedata.category(x) not in ("Cc", "Cs"))
