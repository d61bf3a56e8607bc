"""How the command line takes its images: a PATH, DICOM that was named, a word on fusion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from pydicom import dcmread

from app.cli import main
from app.core.study.study import Study
from tests.support.dicom_files import affine_of, phantom, write_series

STORED = phantom((6, 7, 9))
ELSEWHERE: dict[str, Any] = {"StudyInstanceUID": "1.2.3.1", "FrameOfReferenceUID": "1.2.3.2"}


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Write a study without a CT, its uncorrected PET, a CT of another study and frame, a mask."""
    write_series(tmp_path / "study", STORED, affine_of())
    write_series(tmp_path / "nac", STORED // 3, affine_of(), CorrectedImage=["DECY"])
    write_series(tmp_path / "ct", STORED % 900, affine_of(), "CT", **ELSEWHERE)
    mask = np.zeros((9, 7, 6), np.uint8)
    mask[3:6, 2:5, 2:4] = 1
    affine = affine_of()[:, [2, 1, 0, 3]]
    affine[:2] *= -1
    nib.save(nib.Nifti1Image(mask, affine), tmp_path / "mask.nii.gz")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    """Run a command; returns what it said on standard output and standard error."""
    assert main([str(x) for x in arguments]) == code
    out = capsys.readouterr()
    return out.out, out.err


def test_the_ct_of_another_study_is_named_beside_a_path(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = places / "mask.nii.gz"
    common = ("measure", places / "study", "--ct", places / "ct", "--mask", mask, "--json")
    out, err = said(capsys, *common)
    found = json.loads(out)
    assert found["provenance"]["alignments"] == []
    assert "fuse them as they lie if you know" in err
    out, err = said(capsys, *common, "--fuse-as-is")
    found = json.loads(out)
    assert found["provenance"]["alignments"][0]["source"] == "as it was read, on the reader's word"
    assert "note: CT is laid over the PET as it was read, on the reader's word" in err
    assert "different frames of reference" not in err


def test_the_map_of_a_fused_ct_is_written_as_dicom_in_the_frame_of_the_pet(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = places / "out"
    command = ("mu-map", places / "study", "--ct", places / "ct", "--out", out)
    _, err = said(capsys, *command, "--fuse-as-is", "--kvp", "120")
    assert "no DICOM" not in err
    pet = dcmread(next((places / "study").rglob("*.dcm")))
    made = dcmread(out / "mu_map_dicom" / "0001.dcm")
    assert made.FrameOfReferenceUID == pet.FrameOfReferenceUID


def test_a_word_that_changes_nothing_is_said(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = places / "mask.nii.gz"
    _, err = said(capsys, "measure", places / "study", "--fuse-as-is", "--mask", mask)
    assert "--fuse-as-is changes nothing" in err


def test_an_uncorrected_pet_that_is_named_is_refused(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = places / "mask.nii.gz"
    _, err = said(capsys, "measure", "--pet", places / "nac", "--mask", mask, code=1)
    assert "not attenuation corrected (Corrected Image does not list ATTN)" in err
    out, _ = said(capsys, "info", "--pet", places / "nac", "--json")
    assert json.loads(out)["chosen"]["pet"] is None


def test_info_tells_what_was_named(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "info", "--pet", places / "study", "--ct", places / "ct")
    assert "named, another frame of reference" in out


def test_info_says_what_there_is_to_note(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "info", places)
    assert "The CT lies in another study of the same patient and day." in out
    assert "(Corrected Image does not list ATTN)" in out


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_usable_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    more = ["--json"] if as_json else []
    out, err = said(capsys, "info", tmp_path / "notes.txt", *more, code=1)
    assert err.startswith("uptake: The file is no usable DICOM image (it is not a DICOM file).")
    if as_json:
        assert json.loads(out)["series"] == []


def test_the_window_takes_a_path_and_a_ct(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(*arguments: Any, **named: Any) -> int:
        asked.append((arguments, named))
        return 0

    monkeypatch.setattr("ui.window.start.run", run)
    assert main([str(places / "study"), "--ct", str(places / "ct")]) == 0
    ((paths,), named) = asked[0]
    assert paths == [places / "study"]
    assert named == {"pet": None, "ct": places / "ct", "mr": None}


def test_a_snapshot_may_be_fused(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Study] = []
    monkeypatch.setattr("ui.window.start.snapshot", lambda study, *_, **__: shown.append(study))
    command = ["snapshot", str(places / "study"), "--ct", str(places / "ct"), "--out", "x.png"]
    assert main(command) == 0
    assert main([*command, "--fuse-as-is"]) == 0
    assert [x.aligned for x in shown] == [False, True]
