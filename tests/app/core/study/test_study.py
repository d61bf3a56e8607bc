"""Rules on the images of a study: what lies under the PET, what is aligned, what is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.drawn.voi_statistics import images_at
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.fusion import can_fuse
from app.core.study.study import Choice, Patient, Study, same_images


def image(quantity: Quantity, uid: str, frame: str | None = "1.2", origin: float = 0.0) -> Volume:
    grid = ImageGrid.from_spacing((3, 4, 5), (2.0, 2.0, 2.0), (origin, 0.0, 0.0), frame)
    return Volume(grid, np.zeros((3, 4, 5), np.float32), quantity, uid)


PET, CT, MR = (
    image(q, u) for q, u in ((Quantity.SUV_BW, "1"), (Quantity.HU, "2"), (Quantity.MR, "3"))
)


def study(
    pet: Volume | None, ct: Volume | None, mr: Volume | None, *, aligned: bool = True
) -> Study:
    uids = [None if x is None else x.series_uid for x in (pet, ct, mr)]
    choice = Choice(uids[0], uids[1], "", (), uids[2])
    return Study(Patient(), "", "", (), choice, pet, ct, None, aligned, mr=mr)


def test_the_images_by_role() -> None:
    assert list(study(PET, CT, MR).images) == ["PET", "CT", "MR"]
    assert study(None, None, MR).images == {"MR": MR}
    assert study(PET, CT, MR).main is PET
    assert study(None, CT, MR).main is CT
    assert study(None, None, None).main is None


def test_an_mr_lies_under_the_pet_only_without_a_ct() -> None:
    assert study(PET, CT, MR).under is CT
    assert study(PET, None, MR).under is MR
    assert study(PET, None, None).under is None


@pytest.mark.parametrize(
    ("pet", "ct", "mr", "aligned", "wanted"),
    [
        (PET, CT, None, True, True),
        (PET, CT, None, False, False),
        (PET, CT, image(Quantity.MR, "3", "9.9"), True, True),
        (PET, None, MR, True, True),
        (PET, None, image(Quantity.MR, "3", "9.9"), True, False),
        (PET, None, image(Quantity.MR, "3", "1.2", 500.0), True, False),
        (None, None, MR, True, True),
    ],
    ids=["CT", "CT apart", "MR aside", "MR", "MR of another frame", "MR elsewhere", "MR alone"],
)
def test_what_lies_under_the_pet_is_aligned(
    pet: Volume | None, ct: Volume | None, mr: Volume | None, aligned: bool, wanted: bool
) -> None:
    found = study(pet, ct, mr, aligned=aligned)
    assert found.under_aligned is wanted
    # Fusing and measuring go by the same rule.
    if pet is not None:
        assert can_fuse(found) is wanted
        assert (images_at(found, "pet")[1] is not None) is wanted


def test_the_same_images_with_other_header_values_are_the_same() -> None:
    one = study(PET, CT, MR)
    other_values = replace(PET, array=np.ones((3, 4, 5), np.float32))
    assert same_images(one, replace(one, pet=other_values, warnings=("typed in",)))
    assert not same_images(one, replace(one, aligned=False))
    assert not same_images(one, replace(one, mr=None))
    assert not same_images(one, replace(one, mr=image(Quantity.MR, "3", "1.2", 1.0)))
    assert not same_images(one, replace(one, ct=replace(CT, series_uid="7")))
    assert not same_images(one, None)
    nameless = study(replace(PET, series_uid=""), None, None)
    assert not same_images(nameless, nameless)
