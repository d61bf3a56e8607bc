"""Desks that are closed again, and the phantom study they show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.core.study.study import Study
from tests.support.compare_case import prior_of
from tests.support.phantoms import smooth_study
from viewers.desk.desk import ReadingDesk
from viewers.make.mip import compute_mip_frames
from viewers.make.mip_frames import MipFrames
from viewers.scene.model import SceneModel

DeskMaker = Callable[..., ReadingDesk]


@pytest.fixture(scope="session")
def study() -> Study:
    return smooth_study()


@pytest.fixture(scope="session")
def frames(study: Study) -> MipFrames:
    assert study.pet is not None
    return compute_mip_frames(study.pet)


@pytest.fixture
def make_desk(qtbot: QtBot) -> DeskMaker:
    """Return a maker of shown desks of 960 x 720; all are closed at the end."""

    def make(study: Study | None, frames: MipFrames | None = None) -> ReadingDesk:
        desk = ReadingDesk(SceneModel())
        qtbot.addWidget(desk)
        desk.resize(960, 720)
        desk.model.set_study(study)
        desk.model.navigation.set_mip_frames(frames)
        with qtbot.waitExposed(desk):
            desk.show()
        return desk

    return make


@pytest.fixture
def desk(make_desk: DeskMaker, study: Study, frames: MipFrames) -> ReadingDesk:
    return make_desk(study, frames)


@pytest.fixture
def compared(make_desk: DeskMaker, study: Study, frames: MipFrames) -> ReadingDesk:
    """Make a desk that shows the study beside its prior."""
    desk = make_desk(study, frames)
    prior = prior_of(study)
    desk.model.beside.set_comparison(prior)
    assert prior.pet is not None
    desk.model.beside.set_comparison_mip(compute_mip_frames(prior.pet))
    desk.model.layouts.set_layout("compare")
    return desk
