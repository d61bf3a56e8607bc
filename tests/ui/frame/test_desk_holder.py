"""The middle of the window: what panes show is there from the start, what draws it comes later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.ui_study import Desk
from viewers.make.fusion import FusionMode


def test_the_scene_is_older_than_the_desk_that_draws_it(desk: Desk) -> None:
    holder, scene = desk.window.holder, desk.scene
    assert holder.desk is None
    assert holder.middle is holder.welcome
    study = desk.open()
    assert holder.desk is not None
    assert holder.desk.model is scene
    assert holder.middle is holder.desk
    assert scene.study is study


def test_what_is_wished_before_there_is_a_desk_holds(desk: Desk) -> None:
    desk.scene.navigation.show_handles(True)
    desk.scene.display.set_fusion_opacity(0.8)
    desk.scene.layouts.set_layout("single")
    desk.open()
    assert desk.window.holder.desk is not None
    shown = desk.window.holder.desk.scene
    assert shown.show_handles
    assert shown.fusion.opacity == pytest.approx(0.8)
    assert shown.fusion.mode is FusionMode.OPACITY
    assert desk.display.fusion.value() == 80
    assert shown.layout.name == "single"


def test_the_desk_stays_with_the_window_and_shows_the_next_study(desk: Desk) -> None:
    desk.open()
    first = desk.window.holder.desk
    assert first is not None
    picture = first.snapshot()
    desk.trigger("close_study")
    assert desk.window.holder.middle is desk.window.holder.welcome
    assert desk.scene.study is None
    desk.open()
    assert desk.window.holder.desk is first
    assert np.array_equal(first.snapshot(), picture)


def test_a_saved_layout_is_removed_only_where_layouts_are_seen(
    make_desk: Callable[..., Desk], settings_folder: Path
) -> None:
    make_desk().scene.layouts.save_layout("Mine")
    desk = make_desk()
    remove = desk.window.actions_["layout_remove"]
    assert not remove.isEnabled()
    desk.open()
    assert remove.isEnabled()
    desk.trigger("close_study")
    assert not remove.isEnabled()
