"""The chosen lesion: bright in the panes, and chosen no more once its result is gone."""

from __future__ import annotations

from tests.support.ui_study import Desk


def test_a_new_search_begins_without_a_chosen_lesion(desk: Desk) -> None:
    desk.open()
    desk.find()
    desk.trigger("next_lesion")
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.overlays.selected == "id1"
    before = desk.session.analysis
    desk.trigger("find")
    desk.qtbot.waitUntil(lambda: desk.session.analysis is not before)
    assert panes.scene.overlays.selected is None
    assert desk.lesions.selected_ids() == ()
    assert not desk.window.actions_["accept"].isEnabled()
