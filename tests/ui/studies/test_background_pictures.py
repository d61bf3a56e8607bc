"""MIP frames and thumbnails: kept, cancelled with their study, and made again after a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import viewers.film.thumbnails as thumbnails_module
import viewers.make.mip as mip_module
from app.core.kit.jobs import JobContext, JobState
from tests.support.ui_study import Desk, make_study
from ui.studies.controller import StudyController

MIP_TITLE = "Preparing the turning MIP"


def _failing_once(real: Callable[..., Any]) -> Callable[..., Any]:
    left = [True]

    def compute(*given: Any, **named: Any) -> Any:
        if left:
            left.clear()
            raise MemoryError("no room for the frames")
        return real(*given, **named)

    return compute


def test_the_mip_comes_again_after_a_failed_job(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        mip_module, "compute_mip_frames", _failing_once(mip_module.compute_mip_frames)
    )
    desk = make_desk()
    first = desk.open()
    assert desk.messages()
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.mip is None
    # The same PET again: with a weight that was typed in, for instance.
    desk.open(replace(first, description="with a weight"))
    assert panes.scene.mip is not None
    assert panes.scene.mip.count > 1


def test_thumbnails_come_again_after_a_failed_job(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails_module, "thumbnail", _failing_once(thumbnails_module.thumbnail))
    desk = make_desk()
    study = desk.open()
    keeper = desk.controller(StudyController).several.thumbnails
    assert not keeper.pictures
    assert study.pet is not None
    desk.session.studies.add([make_study(date="20210102")])
    desk.wait_idle()
    assert study.pet.series_uid in keeper.pictures


@pytest.mark.parametrize("others", [0, 1])
def test_the_mip_of_a_closed_study_is_cancelled(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(_image: Any, *, context: JobContext) -> Any:
        begun.set()
        try:
            while True:
                context.check()
                ended.wait(0.005)
        finally:
            ended.set()

    desk = make_desk()
    for n in range(others):
        desk.open(make_study(date=f"2019010{n}"))
    monkeypatch.setattr(mip_module, "compute_mip_frames", endless)
    states = {}
    desk.session.jobs.changed.connect(lambda r: states.update({r.title: r.state}))
    desk.session.studies.add([make_study()])
    desk.qtbot.waitUntil(begun.is_set)
    desk.session.studies.close()
    desk.qtbot.waitUntil(ended.is_set)
    desk.qtbot.waitUntil(lambda: states.get(MIP_TITLE) is JobState.CANCELLED)
