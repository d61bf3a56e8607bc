"""A derived image takes the place of the image it was made for, and of no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.space.volume import Quantity
from app.core.study.study import Study
from tests.support.phantoms import derived_pet, make_study, synthetic_ct
from viewers.scene.model import SceneModel
from viewers.scene.probe import probe_at
from viewers.space.layouts import Content

#: In the first lesion.
AT = (-30.0, -10.0, 30.0)


def model_of(study: Study) -> SceneModel:
    made = SceneModel()
    made.set_study(study)
    return made


def test_a_made_ct_is_shown_and_fused_where_there_is_none(study: Study) -> None:
    model = model_of(make_study(study.pet, None))
    there = model.layouts.has_content
    assert not there(Content.CT)
    assert not there(Content.FUSED)
    model.overlays.set_derived(derived_pet(study))
    assert not there(Content.CT), "a derived PET is no CT"
    assert not there(Content.FUSED)
    model.overlays.set_derived(synthetic_ct(study))
    assert there(Content.CT)
    assert there(Content.FUSED)


@pytest.mark.parametrize(("kind", "own", "other"), [("ct", "ct", "pet"), ("pet", "pet", "ct")])
def test_where_images_are_not_aligned_its_values_are_read_in_its_own_panes(
    study: Study, kind: str, own: str, other: str
) -> None:
    model = model_of(replace(study, aligned=False))
    model.overlays.set_derived(synthetic_ct(study) if kind == "ct" else derived_pet(study))
    contents = {"ct": Content.CT, "pet": Content.PET}
    here = probe_at(model.scene, contents[own], AT)
    assert here.derived is not None
    assert here.derived_for == kind
    there = probe_at(model.scene, contents[other], AT)
    assert there.derived is None
    assert there.derived_for == ""


def test_it_stands_in_for_its_own_kind_alone(study: Study) -> None:
    model = model_of(study)
    for image, content, other in (
        (synthetic_ct(study), Content.CT, Content.PET),
        (derived_pet(study), Content.PET, Content.CT),
    ):
        model.overlays.set_derived(image)
        model.overlays.show_derived(True)
        assert model.scene.base(Content.DERIVED) is content
        assert model.scene.shows_derived(content)
        assert model.scene.shows_derived(Content.FUSED)
        assert not model.scene.shows_derived(other)
        assert model.scene.grid_of(Content.DERIVED) is image.volume.grid
        original = study.ct if content is Content.CT else study.pet
        assert model.scene.original() is original
        quantity = Quantity.HU if content is Content.CT else Quantity.SUV_BW
        assert image.volume.quantity is quantity
