"""Documents that repeat what the code says, and must agree with it."""

from __future__ import annotations

import re
import runpy

from tests.support.faults.variants import variants
from tests.support.places import ROOT
from tests.support.trials import compatibility


def test_the_models_page_is_what_the_cards_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "models_page.py"))
    assert page["PAGE"].read_text(encoding="utf-8") == page["page"]()


def test_the_page_of_shortcuts_is_what_the_tables_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "shortcuts_page.py"))
    assert page["PAGE"].read_text(encoding="utf-8") == page["page"]()


def test_the_page_of_compatibility_is_what_the_table_says() -> None:
    assert compatibility.PAGE.read_text(encoding="utf-8") == compatibility.page()
    # Each row is tried by tests/contracts/test_made_studies.py.
    assert set(compatibility.recorded()) == {x.name for x in variants()}


def test_the_command_line_page_names_every_command() -> None:
    from app.cli import _COMMANDS

    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for command in _COMMANDS:
        assert command == "open" or f"`uptake {command}" in text


def test_every_picture_of_the_documents_exists() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = [(p, x) for p in pages for x in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", p.read_text())]
    assert named
    for page, picture in named:
        assert (page.parent / picture).is_file(), f"{page.name} shows {picture}"


def test_what_is_to_be_copied_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [x for x in re.findall(r"`([\w./-]+)`", text) if "/" in x]
    assert len(named) > 15
    assert [x for x in named if not (ROOT / x).exists()] == []


def test_weights_stay_small() -> None:
    weights = list((ROOT / "resources" / "models").glob("*/*.safetensors"))
    assert len(weights) >= 2
    assert sum(x.stat().st_size for x in weights) <= 20 * 1024 * 1024
