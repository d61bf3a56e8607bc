"""Values of a stranger's header, as an object that inherits them may hold them."""

from __future__ import annotations

import pytest

from app.io.write.dicom.values import decoded, valid_values


@pytest.mark.parametrize(
    ("vr", "text", "wanted"),
    [
        ("DA", "19500102", ["19500102"]),
        ("DA", "1950.01.02", ["19500102"]),
        ("DA", "1950-01-02", ["19500102"]),
        ("DA", "19501302", []),
        ("DA", "00000000", []),
        ("DA", "1950", []),
        ("DA", "1950-0102", []),
        ("TM", "101112.5", ["101112.5"]),
        ("TM", "10:11:12", ["101112"]),
        ("TM", "10", ["10"]),
        ("TM", "2460", []),
        ("TM", "101112.1234567", []),
        ("DT", "20240102101112.25+0100", ["20240102101112.25+0100"]),
        ("DT", "2024010225", []),
        ("CS", "decy\\ATTN", ["DECY", "ATTN"]),
        ("CS", "A" * 17, []),
        ("CS", "KÖLN", []),
        ("AS", "061Y", ["061Y"]),
        ("AS", "61", []),
        ("DS", "2,5", []),
        ("DS", "nan", []),
        ("DS", "1e999", ["1e999"]),
        ("DS", "0.123456789012345678", ["0.123456789"]),
        ("DS", "1" * 400, []),
        ("DS", " 1.5 \\-2", ["1.5", "-2"]),
        ("IS", "12", ["12"]),
        ("IS", "1.5", []),
        ("IS", "99999999999", []),
        ("UI", "1.2.3\0", ["1.2.3"]),
        ("UI", "1." + "2" * 64, []),
        ("UI", "1.2.x", []),
        ("SH", "x" * 40, ["x" * 16]),
        ("LO", "a\x1b[31m\x07b\x9bc", ["a[31mbc"]),
        ("LO", "one\\two", ["one", "two"]),
        ("ST", "a\\b\r\nc", ["a\\b\r\nc"]),
        ("PN", "Doe^Jane", ["Doe^Jane"]),
        ("PN", "Solo", ["Solo^"]),
        ("PN", "Kim=金", ["Kim^=金"]),
        ("PN", "^^=", []),
        ("PN", "N" * 90, ["N" * 63 + "^"]),
        ("PN", "a^b^c^d^e^f=x=y=z", ["a^b^c^d^e=x=y"]),
    ],
)
def test_a_value_is_kept_put_right_or_left_out(vr: str, text: str, wanted: list[str]) -> None:
    assert valid_values(text, vr) == wanted


@pytest.mark.parametrize(
    ("raw", "declared", "wanted"),
    [
        ("Müller".encode("latin-1"), ("ISO_IR 100",), "Müller"),
        ("Müller".encode("latin-1"), (), "Müller"),
        ("Müller".encode(), (), "Müller"),
        ("Müller".encode(), ("ISO_IR 6",), "Müller"),
        ("山田".encode(), ("ISO_IR 192",), "山田"),
        ("Müller".encode("latin-1"), ("ISO_IR 192",), "Müller"),
        ("Müller".encode(), ("ISO_IR 999",), "MÃ¼ller"),
        # Half of this character is the byte of a backslash.
        (b"\x95\x5c^\x95\x5c", ("GBK",), "昞^昞"),
        (b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", ("", "ISO 2022 IR 87"), "山田^太郎"),
        (b"\x1b$Z\xff", ("", "ISO 2022 IR 87"), None),
    ],
)
def test_bytes_are_text_in_whatever_character_set(
    raw: bytes, declared: tuple[str, ...], wanted: str | None
) -> None:
    found = decoded(raw, declared, "PN")
    found.encode()
    if wanted is not None:
        assert found == wanted
