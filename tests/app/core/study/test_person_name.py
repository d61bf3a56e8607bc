"""Person names as DICOM writes them and as people read them."""

from __future__ import annotations

import pytest

from app.core.study.person_name import comparable_name, name_parts, readable_name


@pytest.mark.parametrize(
    ("dicom", "written"),
    [
        ("Doe^Jane", "Doe, Jane"),
        ("Doe^Jane^Q^Dr", "Doe, Jane Q"),
        ("Doe^Jane^^Dr", "Doe, Jane"),
        ("Doe^John^^^Jr", "Doe, John Jr"),
        ("Doe", "Doe"),
        ("Doe^^^^", "Doe"),
        ("^Jane", "Jane"),
        ("  Doe  Roe ^ Jane ", "Doe Roe, Jane"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("a^b^c^d^e^f^g", "a, b c e"),
        ("", ""),
        ("^^=^", ""),
    ],
)
def test_a_name_as_people_read_it(dicom: str, written: str) -> None:
    assert readable_name(dicom) == written


def test_every_part_has_its_place() -> None:
    assert name_parts("Doe^John^Q^Dr^Jr") == ("Doe", "John", "Q", "Dr", "Jr")


def test_what_scanners_write_differently_does_not_count() -> None:
    assert comparable_name("DOE^ JANE^Q^Dr") == comparable_name("Doe^Jane") != ""
    assert comparable_name("Doe^Jane") != comparable_name("Doe^John")
    assert comparable_name("^") == ""
