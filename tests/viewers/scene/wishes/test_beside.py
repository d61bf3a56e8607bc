"""A study or a series beside the active one: what it shares, and when it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.space.volume import Quantity
from app.core.study.study import Study
from tests.support.compare_case import follower, lung, prior_of
from tests.support.heard import heard
from viewers.scene.followers import LinkKind, comparison_of
from viewers.scene.model import SceneModel
from viewers.scene.scene import PaneBox
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, StudyRole

ACTIVE, COMPARISON = StudyRole.ACTIVE, StudyRole.COMPARISON


@pytest.fixture
def compared(model: SceneModel, study: Study) -> SceneModel:
    """Make a scene of the study beside its prior."""
    model.beside.set_comparison(prior_of(study))
    model.layouts.set_layout("compare")
    return model


def pane(model: SceneModel, content: Content, plane: Plane, role: StudyRole) -> PaneBox:
    wanted = (content, plane, role)
    boxes = model.scene.boxes(960, 720)
    return next(b for b in boxes if (b.spec.content, b.spec.plane, b.spec.study) == wanted)


def test_a_comparison_and_its_layouts(model: SceneModel, study: Study) -> None:
    offered = heard(model.layouts.layouts_changed)
    model.beside.set_comparison(replace(study))
    assert offered == [()]
    assert "compare" in model.layouts.layout_names()
    assert comparison_of(model.scene) is not None
    model.set_study(None)
    assert comparison_of(model.scene) is None
    assert model.beside.studies_beside() == ()


def test_the_readers_link_holds_when_both_change_places(compared: SceneModel) -> None:
    first, second = compared.scene.study, follower(compared).origin
    compared.beside.set_linked(False)
    low = pane(compared, Content.CT, Plane.AXIAL, COMPARISON)
    compared.navigation.move_in(low, (1.0, 2.0, 3.0))
    compared.display.set_pet_range(0.0, 4.0)
    compared.beside.link_here()
    link = compared.beside.link
    assert link is not None
    compared.set_study(second)
    assert compared.navigation.cursor_lps_mm == pytest.approx((1.0, 2.0, 3.0))
    assert compared.scene.window.pet_range == (0.0, 4.0)
    compared.beside.set_comparison(first)
    back = compared.beside.link
    assert back is not None
    assert back.kind is LinkKind.READER
    assert back.offset_mm == pytest.approx([-x for x in link.offset_mm])


def test_links_hold_where_an_image_is_moved(compared: SceneModel, study: Study) -> None:
    compared.beside.link_here()
    link = compared.beside.link
    moved = replace(study)
    compared.replace_study(moved)
    prior = follower(compared).origin
    assert prior is not None
    compared.set_study(moved)
    assert comparison_of(compared.scene) is None
    compared.beside.set_comparison(prior)
    assert compared.beside.link == link


def test_windows_are_shared_but_not_across_units(compared: SceneModel, study: Study) -> None:
    compared.display.set_pet_range(0.0, 3.5)
    compared.display.set_ct_window(1500, -600)
    scene = follower(compared)
    assert scene.window.pet_range == (0.0, 3.5)
    assert scene.window.ct_window == (1500.0, -600.0)
    prior = prior_of(study)
    assert prior.pet is not None
    bqml = replace(prior.pet, array=prior.pet.array * 3000, quantity=Quantity.BQML)
    compared.beside.set_comparison(replace(prior, pet=bqml))
    assert follower(compared).window.pet_range[1] > 1000
    assert compared.scene.window.pet_range == (0.0, 3.5)


def test_a_pane_of_the_comparison_has_no_window_of_its_own(compared: SceneModel) -> None:
    below = pane(compared, Content.CT, Plane.AXIAL, COMPARISON)
    compared.display.unlink_window(below.number, True)
    assert compared.scene.own_windows == {}
    above = pane(compared, Content.CT, Plane.AXIAL, ACTIVE)
    compared.display.unlink_window(above.number, True)
    assert list(compared.scene.own_windows) == [above.number]


def test_a_series_that_does_not_fit_is_refused_with_a_reason(
    model: SceneModel, study: Study
) -> None:
    assert study.ct is not None
    mip = [x.content for x in model.scene.layout.panes].index(Content.MIP)
    assert "a CT" in str(model.beside.show_series(mip, study, study.ct))
    assert "no longer there" in str(model.beside.show_series(99, study, study.ct))


def test_closed_studies_are_let_go(compared: SceneModel, study: Study) -> None:
    prior = follower(compared).origin
    assert prior is not None
    image = lung(prior)
    assert compared.beside.show_series(0, prior, image) is None
    assert compared.beside.studies_beside() == (prior,)
    compared.beside.keep_studies([study])
    assert compared.beside.studies_beside() == ()


def test_layout_and_study_changes_take_series_back(model: SceneModel, study: Study) -> None:
    for change in (
        lambda: model.layouts.set_layout("fused-row"),
        lambda: model.set_study(prior_of(study)),
    ):
        fused = [x.content for x in model.scene.layout.panes].index(Content.FUSED)
        assert model.beside.show_series(fused, study, lung(study)) is None
        assert fused in model.scene.followers
        change()
        assert not model.scene.followers
