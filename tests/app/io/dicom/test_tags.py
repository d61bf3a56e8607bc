"""A header holds what the readers of headers ask it for: found in their source."""

from __future__ import annotations

import ast

from app.io.dicom.header import HEADER_TAGS
from tests.support.places import ROOT

#: Functions that take a header and a tag; what is asked of sequence items is not a header's.
_ASKING = frozenset(("text", "words", "floats", "number", "raw_bytes"))
#: Read by a scan of its own, for MR only.
_MR_ONLY = frozenset((0x00181030, 0x00180024, 0x00180010, 0x00180022, 0x00180080, 0x00180081,
                      0x00180082))  # fmt: skip


def _asked() -> dict[int, str]:
    found = {}
    for path in sorted((ROOT / "app" / "io").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in _ASKING
                and len(node.args) > 1
                and getattr(node.args[0], "id", "") == "header"
                and isinstance(node.args[1], ast.Constant)
                and isinstance(node.args[1].value, int)
            ):
                found[int(node.args[1].value)] = path.name
    return found


def test_every_element_that_is_asked_for_is_read() -> None:
    asked = _asked()
    assert len(asked) > 40
    missing = {
        f"{tag:08X} in {name}"
        for tag, name in asked.items()
        if tag not in HEADER_TAGS and tag not in _MR_ONLY and tag >> 16 != 0x0002
    }
    assert not missing


def test_private_blocks_are_read_with_their_creators() -> None:
    for group, element in ((0x0009, 0x0D), (0x0009, 0x8C), (0x0071, 0x22), (0x7053, 0x00)):
        for block in range(0x10, 0x18):
            assert group << 16 | block in HEADER_TAGS
            assert group << 16 | block << 8 | element in HEADER_TAGS
    assert 0x70531009 in HEADER_TAGS
