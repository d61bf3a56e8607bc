"""Every kind of wish says once what it changed, and nothing where nothing changes."""

from __future__ import annotations

from tests.support.heard import heard
from viewers.make.slab import SlabMode
from viewers.scene.model import SceneModel


def test_every_wish_is_announced_once(model: SceneModel) -> None:
    cursor, moved = heard(model.navigation.cursor_changed), heard(model.navigation.moved)
    changed = heard(model.changed)
    model.navigation.set_cursor((1.0, 2.0, 3.0))
    assert (cursor, moved, changed) == ([((1.0, 2.0, 3.0),)], [()], [()])
    model.navigation.set_cursor((1.0, 2.0, 3.0))
    assert len(cursor) == len(changed) == 1
    pet, ct = heard(model.display.pet_range_changed), heard(model.display.ct_window_changed)
    model.display.set_pet_range(1.0, 9.0)
    assert (pet, ct) == ([(1.0, 9.0)], [])
    model.display.set_ct_window(0.0, 30.0)
    assert (pet, ct) == ([(1.0, 9.0)], [(1.0, 30.0)])
    slabs = heard(model.navigation.slab_changed)
    model.navigation.set_slab(SlabMode.MAXIMUM)
    assert [x.mode for (x,) in slabs] == [SlabMode.MAXIMUM]


def test_an_unlinked_pane_is_told_when_it_becomes_active(model: SceneModel) -> None:
    model.display.unlink_window(4, True)
    model.layouts.activate(4)
    model.display.set_pet_range(0.0, 20.0)
    told = heard(model.display.pet_range_changed)
    model.layouts.activate_pane(+1)
    assert told == [(0.0, 7.0)]
    model.layouts.activate_pane(-1)
    assert told[1:] == [(0.0, 20.0)]
    assert model.scene.active == 4
