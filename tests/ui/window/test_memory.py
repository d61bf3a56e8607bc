"""A study that is closed or replaced is freed at once: nothing waits for the cycle collector."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import ReferenceType, ref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from app.core.space.volume import Volume
from app.core.study.study import Study
from tests.support.dicom_files import FRAME, affine_of, phantom, write_series
from tests.support.ui_study import Desk, add_derived, make_denoised, make_study

Refs = dict[str, ReferenceType[Study] | ReferenceType[Volume]]


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Collect nothing while a test runs."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def refs_of(study: Study) -> Refs:
    return {"study": ref(study), **{role: ref(image) for role, image in study.images.items()}}


def settle(desk: Desk) -> None:
    """Let jobs end, pages be rebuilt and old ones be deleted."""
    for _ in range(4):
        desk.wait_idle()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QTest.qWait(20)


def alive(refs: Refs) -> list[str]:
    return [name for name, found in refs.items() if found() is not None]


def as_it_is(desk: Desk) -> None:
    """Do nothing more."""


def with_result(desk: Desk) -> None:
    desk.find()
    desk.lesions.look_first()


def with_derived(desk: Desk) -> None:
    study = desk.session.study
    assert study is not None
    add_derived(desk, make_denoised(study))
    desk.scene.overlays.show_derived(True)


def with_pages(desk: Desk) -> None:
    desk.trigger("provenance")
    study = desk.session.study
    assert study is not None
    desk.scene.doubt_clicked.emit(study, (5, 5))
    for dialog in desk.window.findChildren(QDialog):
        dialog.reject()


@pytest.mark.parametrize("use", [as_it_is, with_result, with_derived, with_pages])
@pytest.mark.parametrize("then", ["close", "replace"])
def test_a_closed_study_is_gone(
    desk: Desk, no_collector: None, use: Callable[[Desk], None], then: str
) -> None:
    refs = refs_of(desk.open(make_study()))
    use(desk)
    settle(desk)
    if then == "close":
        desk.session.studies.close()
    else:
        desk.session.studies.show(make_study())
    settle(desk)
    assert not alive(refs)


def test_both_of_a_comparison_are_gone(desk: Desk, no_collector: None) -> None:
    refs: Refs = {}
    for name, date in (("one", "20200102"), ("other", "20190102")):
        study = make_study(date=date)
        refs |= {f"{name} {k}": x for k, x in refs_of(study).items()}
        desk.session.studies.add([study])
        del study
    desk.trigger("compare")
    settle(desk)
    desk.session.studies.close()
    desk.session.studies.close()
    settle(desk)
    assert not alive(refs)


def test_what_was_read_from_files_is_gone(desk: Desk, no_collector: None, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of(), FrameOfReferenceUID=FRAME)
    for _ in range(2):
        desk.session.studies.open_paths([tmp_path])
        settle(desk)
        study = desk.session.study
        assert study is not None
        refs = refs_of(study)
        del study
        desk.session.studies.close()
        settle(desk)
        assert not alive(refs)
