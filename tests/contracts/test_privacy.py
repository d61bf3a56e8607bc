"""Words of headers stay out of whatever is written, unless a person asked for them."""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app import cli
from app.core.drawn.measurements import Measurement, Measurements
from app.core.drawn.voi import Sphere
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.io.open.study import open_study
from app.io.write.documents.study import study_provenance
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from app.io.write.measurements import MeasurementFiles
from tests.support.canary import BIRTH, WORD, holders, write_study
from tests.support.tiny_model import write_segmentation_package
from ui.frame import crash

#: What a DICOM object made of a study shares with it: whose it is, and which study.
SHARED = {
    "PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "StudyID",
    "ReferringPhysicianName", "StudyDescription",
}  # fmt: skip
#: How the PET was made: still true of an image made from it.
OF_PET = {
    "ReconstructionMethod", "AttenuationCorrectionMethod", "ScatterCorrectionMethod",
    "Radiopharmaceutical", "RadiopharmaceuticalRoute",
}  # fmt: skip
#: Who took the images, as contributing equipment.
OF_SCANNER = {"Manufacturer", "ManufacturerModelName"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_segmentation_package(tmp_path / "data" / "uptake" / "models", "tiny")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("UPTAKE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("UPTAKE_RUNNER", "torch")
    return write_study(tmp_path / "study")


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert cli.main([str(x) for x in arguments]) == 0, err.getvalue()
    return out.getvalue(), err.getvalue()


def outlined(folder: Path, out: Path) -> Path:
    """Export what is hot in a study, with a measurement, as the window does; returns the SEG."""
    study = open_study([folder])
    assert study.pet is not None
    grid = study.pet.grid
    labels = Labelmap.from_array((study.pet.array > 3).astype(np.uint16))
    table = (Lesion("l1", 1, "L1", LesionStatus.ACCEPTED),)
    segmentation = Segmentation("s", grid, labels, table, 1)
    values = measure(study.pet, segmentation)
    analysis = LesionAnalysis(segmentation, values, None, None, study_provenance(study))
    i, j, k = (float(x) for x in grid.points_lps_mm((6, 14, 14)))
    ball = Measurements((Measurement("0" * 32, "Ball", Sphere((i, j, k), 9.0)),))
    export(study, [LesionFiles(analysis), MeasurementFiles(ball)], out)
    return out / "segmentation.seg.dcm"


@pytest.mark.filterwarnings("ignore")
def test_no_command_writes_a_word_of_a_header(
    study: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    with caplog.at_level(logging.DEBUG):
        said = [
            run("mu-map", study, "--out", out / "mu", "--json"),
            run("analyze", study, "--out", out / "found", "--model", "tiny", "--samples", 2,
                "--device", "cpu", "--json"),
            run("analyze", study, "--out", out / "again", "--model", "tiny", "--samples", 2,
                "--device", "cpu", "--recovery-fwhm", 5),
            run("measure", study, "--mask", outlined(study, out / "drawn"), "--json"),
            run("measure", study, "--mask", out / "drawn/segmentation.nii.gz"),
            run("run", "pet-denoise", study, "--out", out / "made", "--samples", 0,
                "--device", "cpu", "--json"),
        ]  # fmt: skip
    for one in said:
        assert WORD not in "".join(one)
        assert BIRTH not in "".join(one)
    ours = [x.getMessage() for x in caplog.records if x.name.split(".")[0] in ("app", "inference")]
    assert not [x for x in ours if WORD in x]
    files = [x for x in out.rglob("*") if x.is_file()]
    assert {"segmentation.seg.dcm", "measurements.sr.dcm"} <= {x.name for x in files}
    assert holders(x for x in files if x.suffix != ".dcm") == {}
    assert holders(x for x in (tmp_path / "cache").rglob("*") if x.is_file()) == {}
    dicom = [x for x in files if x.suffix == ".dcm"]
    assert len(dicom) > 12
    kept: set[str] = set()
    for path in dicom:
        for element in dcmread(path).iterall():
            if element.VR != "SQ" and any(w in str(element.value) for w in (WORD, BIRTH)):
                kept.add(element.keyword)
    assert kept <= SHARED | OF_PET | OF_SCANNER
    assert {"PatientName", "PatientID", "PatientBirthDate"} <= kept


@pytest.mark.filterwarnings("ignore")
def test_words_of_headers_that_cannot_be_read_are_not_quoted(study: Path, tmp_path: Path) -> None:
    """What is wrong with a header is said without what it holds."""
    for path in (study / "pet").iterdir():
        dataset = dcmread(path)
        dataset.FrameOfReferenceUID = ""
        dataset.PatientSex = WORD
        dataset.BodyPartExamined = WORD
        dataset.PatientOrientation = [WORD]
        dataset.save_as(path)
    out = tmp_path / "out"
    said = run("analyze", study, "--out", out, "--model", "tiny", "--samples", 2, "--device", "cpu")
    assert WORD not in "".join(said)
    assert holders(x for x in out.iterdir() if x.suffix != ".dcm") == {}


@pytest.mark.filterwarnings("ignore")
def test_a_crash_report_holds_no_word(study: Path) -> None:
    read = open_study([study])
    assert WORD in read.patient.name
    with pytest.raises(ValueError, match=WORD) as caught:
        raise ValueError(f"{read.patient.name} {read.description}")
    assert WORD not in crash.report_text(caught.value)


@pytest.mark.filterwarnings("ignore")
def test_what_a_person_asks_for_is_shown(study: Path) -> None:
    """The word is really in the headers: `info` is what lists them."""
    assert WORD in run("info", study)[0]
