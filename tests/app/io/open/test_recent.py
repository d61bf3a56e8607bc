"""The list of recent folders where it cannot be read or kept: said in the log, never raised."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app.io.open.recent import recent_folders, remember_folder


def test_a_list_that_is_not_there_yet_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert recent_folders() == ()
    assert caplog.records == []


def test_a_damaged_list_is_said_without_what_it_holds(
    settings_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings_folder.mkdir(parents=True)
    (settings_folder / "recent.json").write_text('{"folders": ["SECRET"')
    with caplog.at_level(logging.INFO):
        assert recent_folders() == ()
    (record,) = caplog.records
    assert record.name == "app.io.open.recent"
    assert "JSONDecodeError" in record.getMessage()
    assert "SECRET" not in record.getMessage()


def test_a_list_that_cannot_be_kept_is_said_and_nothing_is_raised(
    settings_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings_folder.write_text("a file stands where the folder would be")
    with caplog.at_level(logging.INFO):
        remember_folder(tmp_path / "SECRET")
    said = [x.getMessage() for x in caplog.records]
    assert any("was not kept" in x for x in said)
    assert not any("SECRET" in x for x in said)
