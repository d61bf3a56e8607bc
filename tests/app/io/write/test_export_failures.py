"""Exports with nothing to write, with stale values, and when writing fails."""

from __future__ import annotations

import csv
import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.kit.errors import ExportError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.io.write import at_once, exporter
from app.io.write.documents.lesions import lesion_records, measure_document
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import ASKED, SHAPE, STATUS, make, read_json
from tests.support.nifti import load_nifti


def test_no_lesion_left_takes_an_older_seg_away(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    out = tmp_path / "out"
    export(study, [LesionFiles(analysis)], out)
    (out / "notes.txt").write_text("mine")
    rejected = dict.fromkeys(STATUS, LesionStatus.REJECTED)
    study, analysis = make(tmp_path / "again", statuses=rejected)
    export(study, [LesionFiles(replace(analysis, uncertainty=None))], out)
    assert not (out / "segmentation.seg.dcm").exists()
    assert not (out / "uncertainty.nii.gz").exists()
    assert not np.asarray(load_nifti(out / "segmentation.nii.gz").dataobj).any()
    summary = read_json(out / "summary.json")
    assert summary["totals"]["count"] == 0
    assert len(summary["warnings"]) == 3
    assert (out / "notes.txt").read_text() == "mine"


def test_a_study_without_any_lesion(tmp_path: Path) -> None:
    study, analysis = make(None)
    nothing = Segmentation(
        "s", analysis.segmentation.grid, Labelmap.from_array(np.zeros(SHAPE, np.uint16)), ()
    )
    empty = replace(analysis, segmentation=nothing, biomarkers={})
    export(study, [LesionFiles(empty)], tmp_path)
    assert read_json(tmp_path / "lesions.json")["lesions"] == []
    with (tmp_path / "lesions.csv").open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
        assert columns[:2] == ["id", "label"]
        asked = {"lesion_score_low", "lesion_score_high", "novelty", "outside_training"}
        assert asked <= set(columns)
        assert file.readline() == ""


def test_values_that_are_not_defined_are_null_and_empty(tmp_path: Path) -> None:
    study, analysis = make(None)
    assert study.pet is not None
    pet = replace(study.pet, array=np.full(SHAPE, np.nan, np.float32))
    biomarkers = measure(pet, analysis.segmentation)
    export(
        replace(study, pet=pet), [LesionFiles(replace(analysis, biomarkers=biomarkers))], tmp_path
    )
    row = read_json(tmp_path / "lesions.json")["lesions"][0]
    assert row["suv_max"] is None
    assert row["mtv_ml"] > 0
    assert row["tlg_interval"] is None
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["suv_max"] == ""


def test_values_of_an_older_revision_are_never_exported(tmp_path: Path) -> None:
    study, analysis = make(None)
    patch = analysis.segmentation.status_patch(("lesion-1",), LesionStatus.ACCEPTED)
    stale = replace(analysis, segmentation=analysis.segmentation.apply(patch))
    for write in (
        lambda: export(study, [LesionFiles(stale)], tmp_path / "out"),
        lambda: lesion_records(stale),
        lambda: measure_document(study, stale.segmentation, stale.biomarkers),
    ):
        with pytest.raises(ExportError, match="changed after"):
            write()
    assert not (tmp_path / "out").exists()


def test_unmeasured_outlines_are_never_exported(tmp_path: Path) -> None:
    study, analysis = make(None)
    some = {k: v for k, v in analysis.biomarkers.items() if k != "lesion-4"}
    with pytest.raises(ExportError, match="not been measured"):
        export(study, [LesionFiles(replace(analysis, biomarkers=some))], tmp_path / "out")


def test_outlines_of_another_image_are_refused(tmp_path: Path) -> None:
    study, _ = make(None)
    _, analysis = make(None, "oblique")
    with pytest.raises(ExportError, match="do not belong"):
        export(study, [LesionFiles(analysis)], tmp_path)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_full_disk_leaves_the_earlier_export_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, analysis = make(tmp_path / "dicom")
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    before = snapshot(tmp_path / "out")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporter, "json_text", full)
    with pytest.raises(ExportError, match="disk is full") as caught:
        export(study, [LesionFiles(analysis)], tmp_path / "out")
    assert caught.value.next_step
    assert isinstance(caught.value.__cause__, OSError)
    assert snapshot(tmp_path / "out") == before
    with pytest.raises(ExportError):
        export(study, [LesionFiles(analysis)], tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()


def test_a_move_that_fails_halfway_puts_the_earlier_export_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, analysis = make(tmp_path / "dicom")
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    before = snapshot(tmp_path / "out")
    moves = []
    replace_path = Path.replace

    def limited(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == 6:
            raise OSError(errno.EIO, "Input/output error")
        return replace_path(self, target)

    def refuse(*_: object) -> None:
        raise at_once._OneByOneError

    monkeypatch.setattr(at_once, "_exchange", refuse)
    monkeypatch.setattr(Path, "replace", limited)
    with pytest.raises(ExportError, match="could not be written"):
        export(study, [LesionFiles(analysis)], tmp_path / "out")
    monkeypatch.undo()
    assert snapshot(tmp_path / "out") == before


def test_source_files_that_are_gone_cost_only_the_seg(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    shutil.rmtree(tmp_path / "dicom")
    files = export(study, [LesionFiles(analysis)], tmp_path / "out")
    assert "segmentation.nii.gz" in [p.name for p in files]
    summary = read_json(tmp_path / "out/summary.json")
    assert any("no longer be read" in x for x in summary["warnings"])


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    study, analysis = make(None)
    context = JobContext(lambda fraction, _: context.cancel() if fraction > 0.3 else None)
    with pytest.raises(JobCancelled):
        export(study, [LesionFiles(analysis)], tmp_path / "out", context)
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    study, analysis = make(None)
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(ExportError, match="is a file"):
        export(study, [LesionFiles(analysis)], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "not a folder"


def test_the_measure_document_names_the_mask_and_its_lesions(tmp_path: Path) -> None:
    study, analysis = make(None)
    mask = tmp_path / "mask.nii.gz"
    mask.write_bytes(b"abc")
    document = measure_document(study, analysis.segmentation, analysis.biomarkers, mask=mask)
    assert set(ASKED) <= set(document["lesions"][0])
    assert document["mask"]["file"] == "mask.nii.gz"
    assert document["mask"]["sha256"].startswith("ba7816bf")
    assert document["provenance"]["series_uids"] == {"PET": "9.8.7"}
    assert document["provenance"]["suv"]["rule"] == "a rule"
    assert document["provenance"]["model_id"] is None
    assert document["provenance"]["software"]["uptake"]
    json.dumps(document, allow_nan=False)
