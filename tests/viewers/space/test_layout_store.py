"""The reader's own layouts: saved, read again, removed; a bad file is told and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.kit.errors import KnownError
from viewers.space.geometry import Plane
from viewers.space.layout_store import LayoutStore, layout_name, layout_toml, user_folder, with_pane
from viewers.space.layouts import Content, parse_layout, read_layouts


def test_every_layout_survives_being_written() -> None:
    for name, layout in read_layouts().items():
        assert parse_layout(name, layout_toml(layout)) == layout


@pytest.mark.parametrize("title", ['He said "no"', "back\\slash", "Kopf & Hals 頭", "a\x7fb"])
def test_any_title_can_be_saved(tmp_path: Path, title: str) -> None:
    kept = LayoutStore(tmp_path).save(read_layouts()["single"], title)
    again = LayoutStore(tmp_path)
    assert again.problems == []
    assert again.layouts[kept.name] == kept
    assert again.layouts[kept.name].title == title


def test_saved_layouts_come_after_the_programs_own(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path / "none yet")
    assert list(store.layouts) == list(read_layouts())
    store.save(store.layouts["ct"], "Zebra")
    store.save(store.layouts["pet"], "apple")
    assert list(store.layouts)[-2:] == ["my-apple", "my-zebra"]
    assert store.is_saved("my-zebra")
    assert not store.is_saved("ct")
    assert list(LayoutStore(store.folder).layouts) == list(store.layouts)


def test_one_title_is_one_layout(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path)
    store.save(store.layouts["ct"], "Mine")
    found = store.named("  MINE ")
    assert found is not None
    assert found.title == "Mine"
    store.save(store.layouts["pet"], "mine")
    assert [x.name for x in tmp_path.iterdir()] == ["my-mine.toml"]
    assert store.layouts["my-mine"].panes == store.layouts["pet"].panes


def test_removed_is_gone_from_the_folder(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path)
    store.save(store.layouts["ct"], "Mine")
    store.remove("my-mine")
    assert "my-mine" not in store.layouts
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError):
        store.remove("ct")


@pytest.mark.parametrize("title", ["", "   ", "\t"])
def test_a_layout_needs_a_name(tmp_path: Path, title: str) -> None:
    with pytest.raises(KnownError, match="name"):
        LayoutStore(tmp_path).save(read_layouts()["ct"], title)
    assert list(tmp_path.iterdir()) == []


def test_malformed_files_are_told_and_the_rest_works(tmp_path: Path) -> None:
    LayoutStore(tmp_path).save(read_layouts()["ct"], "Good")
    (tmp_path / "broken.toml").write_text("title = ", encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    (tmp_path / "default.toml").write_text(layout_toml(read_layouts()["ct"]), encoding="utf-8")
    store = LayoutStore(tmp_path)
    assert "my-good" in store.layouts
    assert len(store.layouts["default"].panes) == 10
    said = [x.sentence for x in store.problems]
    assert len(said) == 3
    for name, sentence in zip(("broken", "default", "latin"), said, strict=True):
        assert name in sentence
    assert all(x.next_step for x in store.problems)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    store = LayoutStore(blocked / "layouts")
    with pytest.raises(KnownError, match="could not be saved") as caught:
        store.save(store.layouts["ct"], "Mine")
    assert caught.value.next_step
    assert not store.is_saved("my-mine")


def test_names_are_plain(settings_folder: Path) -> None:
    assert layout_name("Brain, PET / 2") == "my-brain-pet-2"
    assert layout_name("../../etc") == "my-etc"
    assert layout_name("!") == "my-layout"
    assert user_folder() == settings_folder / "layouts"


def test_a_pane_can_show_something_else() -> None:
    layout = read_layouts()["default"]
    changed = with_pane(layout, 9, Content.PET, Plane.SAGITTAL)
    pane = changed.panes[9]
    assert (pane.content, pane.plane, pane.row_span) == (Content.PET, Plane.SAGITTAL, 3)
    assert changed.panes[:9] == layout.panes[:9]
    assert with_pane(layout, 0, Content.MIP, Plane.AXIAL).panes[0].plane is Plane.CORONAL
    with pytest.raises(IndexError):
        with_pane(layout, 10, Content.CT, Plane.AXIAL)
