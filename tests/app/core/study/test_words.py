"""Studies without words of a person, and sentences that quote no header."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.study.patients import SamePatient, same_patient
from app.core.study.study import Patient, Study
from app.core.study.tracers import OTHER, known_tracer
from app.core.study.words import both_without_words, unquoted, without_words
from app.io.open.study import open_study
from tests.support.canary import WORD, write_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return open_study([write_study(tmp_path / "study")])


@pytest.mark.filterwarnings("ignore")
def test_two_studies_without_words_are_still_known_to_be_of_one_patient_or_of_two(
    study: Study,
) -> None:
    for other, same in (
        (study.patient, SamePatient.YES),
        (Patient(f"{WORD}^Other", "7"), SamePatient.NO),
        (Patient(), SamePatient.UNKNOWN),
    ):
        one, two = both_without_words(study, replace(study, patient=other))
        assert same_patient(one.patient, two.patient) is same
        assert WORD not in repr(one.patient) + repr(two.patient)


@pytest.mark.filterwarnings("ignore")
def test_a_sentence_names_series_by_number(study: Study) -> None:
    described = replace(study.series[0], description="PT", number=4)
    short = replace(study, series=(described, *study.series[1:]))
    assert unquoted(short, "PT “PT”: 12 images") == "PT series 4: 12 images"
    assert (
        unquoted(study, f"{study.series[0].description} of {study.patient.name}").count(WORD) == 0
    )
    assert WORD not in without_words(study).choice.why
    assert WORD not in repr(without_words(study).series)


@pytest.mark.filterwarnings("ignore")
def test_a_tracer_is_named_by_the_list_or_not_at_all(study: Study) -> None:
    pet = study.series_of(study.choice.pet_uid)
    assert pet is not None
    assert WORD in pet.tracer
    assert known_tracer(pet) == OTHER
    assert known_tracer(replace(pet, tracer="[18F]-FDG of the hospital")) == "FDG"
    assert known_tracer(replace(pet, tracer="")) == known_tracer(None) == ""
