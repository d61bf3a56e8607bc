"""Several open studies: each keeps its own state, and its arrays are in memory once."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.config import config_folder
from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext, JobState
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.saliency import SaliencyMap, SaliencyMethod
from app.core.space.volume import Quantity
from app.core.study.patients import SamePatient, prior_of, same_patient
from app.core.study.study import Patient, Study
from app.io.open.recent import (
    MOST_RECENT,
    clear_recent,
    forget_folder,
    recent_folders,
    remember_folder,
)
from app.io.open.studies import MOST_STUDIES, open_studies, read_further
from app.session.open_studies import same_reading, sharing
from tests.support.dicom_files import Elements, affine_of, phantom, write_series
from tests.support.session_desk import (
    Desk,
    derive,
    find,
    make_analysis,
    make_derived,
    make_study,
)
from tests.support.two_dates import JANE, RITA, date_study, two_dates


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.session.shutdown()


def open_two(desk: Desk) -> tuple[Study, Study]:
    """Open two studies in memory; the first is active."""
    first, second = (replace(make_study(), date=date) for date in ("20260110", "20250704"))
    desk.session.studies.add([first, second])
    return first, second


def test_a_second_opening_adds_and_each_keeps_its_state(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    assert session.studies.all == (first, second)
    assert session.study is first
    find(desk)
    derive(desk, make_derived("Denoised", 3.0))
    session.edits.set_status(["id1"], LesionStatus.REJECTED)
    analysis, derived = session.analysis, session.derived.images
    session.studies.activate(second)
    assert (session.study, session.analysis, session.derived.images) == (second, None, ())
    assert not session.history.can_undo
    assert session.studies.unsaved == (first,)
    assert not session.studies.has_unsaved_edits
    session.studies.activate(first)
    assert session.analysis is analysis
    assert session.derived.images == derived
    session.history.undo()
    assert session.analysis is not None
    assert session.analysis.segmentation.lesion("id1").status is LesionStatus.CANDIDATE


def test_a_result_goes_to_the_study_it_was_made_from(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    go = threading.Event()

    def work(context: JobContext) -> LesionAnalysis:
        go.wait(10)
        return make_analysis()

    session.results.run("Find lesions", work)
    session.studies.activate(second)
    heard: list[object] = []
    session.results.changed.connect(heard.append)
    go.set()
    desk.run_until(lambda: bool(desk.notices))
    assert session.analysis is None
    assert heard == []
    assert desk.notices == ["Find lesions: 2 candidates found, in the study of 20260110."]
    assert session.studies.content_of(first).analysis is not None
    session.studies.activate(first)
    assert session.analysis is not None
    assert session.history.can_undo


def test_closing_a_study_cancels_its_work_and_no_other(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)

    def forever(context: JobContext) -> LesionAnalysis:
        while True:
            context.check()

    job = session.results.run("Find lesions", forever)
    session.studies.activate(second)
    waiting = session.results.run("Find lesions", lambda context: make_analysis())
    session.studies.close(first)
    desk.run_until(lambda: not session.jobs.reports)
    assert job.report.state is JobState.CANCELLED
    assert waiting.report.state is JobState.DONE
    assert list(session.studies.all) == [second]
    assert session.analysis is not None
    session.studies.close()
    assert list(session.studies.all) == []
    assert session.study is None


def test_the_comparison_changes_places_with_the_active_study(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    heard: list[Study | None] = []
    session.studies.comparison_changed.connect(heard.append)
    session.studies.compare_with(second)
    assert [session.study, session.studies.comparison] == [first, second]
    session.studies.activate(second)
    assert [session.study, session.studies.comparison] == [second, first]
    assert heard == [second, first]
    with pytest.raises(InputError, match="itself"):
        session.studies.compare_with(second)
    session.studies.close()
    assert [session.study, session.studies.comparison] == [first, None]
    with pytest.raises(InputError, match="no longer open"):
        session.studies.activate(second)


def test_closing_the_comparison_is_announced(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    session.studies.compare_with(second)
    heard: list[Study | None] = []
    session.studies.comparison_changed.connect(heard.append)
    session.studies.close(second)
    assert heard == [None]
    assert [session.study, session.studies.comparison] == [first, None]


def write_date(folder: Path, study: str, date: str) -> None:
    """Write a PET and a CT of one study."""
    tags: Elements = {
        "StudyInstanceUID": study,
        "StudyDate": date,
        "SeriesDate": date,
        "FrameOfReferenceUID": f"{study}.7",
    }
    write_series(folder / date / "pet", phantom(), affine_of(), **tags)
    write_series(folder / date / "ct", phantom(), affine_of(), "CT", **tags)


def test_a_folder_with_several_studies_opens_all_newest_first(tmp_path: Path) -> None:
    for n, date in enumerate(("20200102", "20210304", "20190506")):
        write_date(tmp_path, f"1.2.3.{n}", date)
    studies = open_studies([tmp_path])
    assert [x.date for x in studies] == ["20210304", "20200102", "20190506"]
    for study in studies:
        assert study.pet is not None
        assert study.ct is not None
        assert {x.study_uid for x in study.series} == {study.series[0].study_uid}
        assert study.source == str(tmp_path)
        assert not any("most recent" in x for x in study.warnings)


def test_one_study_opens_as_before(tmp_path: Path) -> None:
    write_date(tmp_path, "1.2.3.1", "20200102")
    (study,) = open_studies([tmp_path])
    assert study.date == "20200102"
    with pytest.raises(InputError):
        open_studies([tmp_path / "20200102" / "ct"])


def test_more_studies_than_fit_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.io.open.studies.MOST_STUDIES", 2)
    for n in range(3):
        write_date(tmp_path, f"1.2.3.{n}", f"202{n}0102")
    studies = open_studies([tmp_path])
    assert [x.date for x in studies] == ["20220102", "20210102"]
    assert "holds 3 PET studies; the newest 2 are open" in studies[0].warnings[-1]
    assert MOST_STUDIES >= 4


def test_opening_a_folder_twice_holds_its_arrays_once(desk: Desk, tmp_path: Path) -> None:
    session = desk.session
    write_date(tmp_path, "1.2.3.1", "20200102")
    for _ in range(2):
        session.studies.open_paths([tmp_path])
        desk.run_until(lambda: not session.jobs.reports)
    assert [x.date for x in session.studies.all] == ["20200102"]
    # A second study came into the folder meanwhile: only that one is new.
    write_date(tmp_path, "1.2.3.2", "20210102")
    session.studies.open_paths([tmp_path])
    desk.run_until(lambda: not session.jobs.reports)
    assert [x.date for x in session.studies.all] == ["20200102", "20210102"]
    assert session.study is session.studies.all[1]


def test_equal_images_of_two_folders_are_one_array(tmp_path: Path) -> None:
    write_date(tmp_path, "1.2.3.1", "20200102")
    (first,) = open_studies([tmp_path])
    (again,) = open_studies([tmp_path])
    assert first.ct is not again.ct
    assert again.pet is not None
    lighter = replace(again, pet=replace(again.pet, array=again.pet.array * 2))
    shared = sharing(lighter, [first])
    assert shared.ct is first.ct
    assert shared.pet is lighter.pet
    assert not same_reading(first, shared)
    assert same_reading(first, sharing(again, [first]))


def test_of_two_openings_the_last_one_decides_what_is_active(desk: Desk, tmp_path: Path) -> None:
    write_date(tmp_path / "a", "1.2.3.1", "20200102")
    write_date(tmp_path / "b", "1.2.3.2", "20210102")
    desk.session.studies.open_paths([tmp_path / "a"])
    desk.session.studies.open_paths([tmp_path / "b"])
    desk.run_until(lambda: not desk.session.jobs.reports)
    assert len(desk.session.studies.all) == 2
    assert desk.session.study is not None
    assert desk.session.study.date == "20210102"


def test_a_further_series_is_read_when_asked_for(desk: Desk, tmp_path: Path) -> None:
    session = desk.session
    write_date(tmp_path, "1.2.3.1", "20200102")
    tags: Elements = {"StudyInstanceUID": "1.2.3.1", "SeriesDescription": "Lung kernel"}
    lung = write_series(tmp_path / "lung", phantom(), affine_of(), "CT", **tags)
    nac = write_series(tmp_path / "nac", phantom(), affine_of(), CorrectedImage=["DECY"], **tags)
    session.studies.open_paths([tmp_path])
    desk.run_until(lambda: session.study is not None)
    study = session.study
    assert study is not None
    chosen = {study.choice.pet_uid, study.choice.ct_uid}
    (further,) = {x.uid for x in study.series if x.role == "CT"} - chosen
    got: list[object] = []
    session.studies.load_series(study, further, got.append)
    desk.run_until(lambda: bool(got))
    volume = session.studies.content_of(study).image(further)
    assert got == [volume]
    assert volume is not None
    assert volume.quantity is Quantity.HU
    assert volume.series_uid == further
    assert lung in {further, study.choice.ct_uid}
    # Without attenuation correction there is no SUV, though the header would allow one.
    assert read_further(study, nac).quantity is Quantity.BQML
    with pytest.raises(InputError, match="not known"):
        read_further(study, "9.9.9")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (JANE, replace(JANE, name="DOE^Jane^A"), SamePatient.YES),
        (JANE, RITA, SamePatient.NO),
        (JANE, replace(JANE, birth_date="19700201"), SamePatient.NO),
        (JANE, replace(JANE, id="Z-9"), SamePatient.UNKNOWN),
        (Patient("Doe^Jane"), Patient("Doe^Jane"), SamePatient.UNKNOWN),
        (Patient(), Patient(), SamePatient.UNKNOWN),
        (Patient(id="1"), Patient(id="2"), SamePatient.NO),
    ],
)
def test_who_is_one_patient(a: Patient, b: Patient, same: SamePatient) -> None:
    assert same_patient(a, b) is same
    assert same_patient(b, a) is same


def test_the_prior_is_the_last_one_before_of_the_same_patient() -> None:
    now = replace(make_study(), patient=JANE, date="20260110")
    others = [
        replace(now, date="20240101"),
        replace(now, date="20250101"),
        replace(now, date="20270101"),
        replace(now, date="20260101", patient=RITA),
    ]
    assert prior_of(now, others) is others[1]
    assert prior_of(now, others[2:]) is others[2]
    assert prior_of(now, others[3:]) is None


def test_recent_folders_hold_no_names_and_can_be_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPTAKE_CONFIG", str(tmp_path / "config"))
    assert recent_folders() == ()
    for n in range(MOST_RECENT + 3):
        remember_folder(tmp_path / f"{n}")
    remember_folder(tmp_path / "5")
    paths = [x.path.name for x in recent_folders()]
    assert paths[:3] == ["5", "12", "11"]
    assert len(paths) == MOST_RECENT
    file = config_folder() / "recent.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(json.loads(file.read_text(encoding="utf-8"))["folders"][0]) == {"path", "opened"}
    forget_folder(tmp_path / "5")
    assert recent_folders()[0].path.name == "12"
    clear_recent()
    assert recent_folders() == ()
    assert not file.exists()
    file.write_text("{damaged")
    assert recent_folders() == ()


def test_two_dates_of_the_phantom_share_their_arrays() -> None:
    newer, prior = two_dates()
    assert newer.pet is not None
    assert prior.pet is not None
    assert not np.array_equal(newer.pet.array, prior.pet.array)
    again = date_study(511, "20260110")
    assert again.pet is not None
    assert np.shares_memory(again.pet.array, newer.pet.array)


def test_the_map_of_a_score_follows_its_study(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    assert first.pet is not None
    found = SaliencyMap("id1", "s", 0, SaliencyMethod.OCCLUSION, first.pet, 0.7, "score")
    heard: list[SaliencyMap | None] = []
    session.results.saliency_changed.connect(heard.append)
    session.results.explain("Why L1?", lambda context: found)
    session.studies.activate(second)
    desk.finish()
    assert session.results.saliency is None
    session.studies.activate(first)
    session.results.clear_saliency()
    assert heard == [None, found, None]
