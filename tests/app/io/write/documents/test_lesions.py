"""The table of lesions as a file: the same numbers, and nothing that runs."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.io.write.documents.lesions import lesion_records
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import make, read_json


def test_the_table_as_csv_holds_the_same_numbers(tmp_path: Path) -> None:
    study, analysis = make(None)
    export(study, [LesionFiles(analysis)], tmp_path)
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = lesion_records(analysis)
    assert [r["id"] for r in rows] == [r["id"] for r in expected]
    for row, record in zip(rows, expected, strict=True):
        assert None not in row
        assert float(row["suv_mean"]) == record["suv_mean"]
        assert float(row["tlg_low"]) == record["tlg_interval"][0]
        assert float(row["tlg_high"]) == record["tlg_interval"][1]
        assert float(row["hottest_p_mm"]) == record["hottest_lps_mm"][1]
        assert row["pet_series_uid"] == "9.8.7"
        assert (row["model_id"], row["weights_sha256"]) == ("net", "net=ab12")


def test_the_series_that_a_search_read_stand_in_every_row(tmp_path: Path) -> None:
    study, analysis = make(None)
    used = {"PET": "9.8.7", "CT": "9.8.8"}  # as `inference.tasks.find_lesions` names them
    searched = replace(analysis, provenance=replace(analysis.provenance, series_uids=used))
    export(study, [LesionFiles(searched)], tmp_path)
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(x["pet_series_uid"], x["ct_series_uid"]) for x in rows} == {("9.8.7", "9.8.8")}


def test_what_the_score_network_said_is_written_with_the_score(tmp_path: Path) -> None:
    study, analysis = make(None)
    first, second, *others = analysis.segmentation.lesions
    samples = tuple(0.123456789 + n / 20 for n in range(11))
    said = replace(first, score_samples=samples, novelty=1.7, outside_training=True)
    sure = replace(second, score_samples=(0.5,), novelty=0.25, outside_training=False)
    table = replace(analysis.segmentation, lesions=(said, sure, *others))
    export(study, [LesionFiles(replace(analysis, segmentation=table))], tmp_path)
    document = read_json(tmp_path / "lesions.json")
    one, two, three, _ = document["lesions"]
    # The interval is that of the samples as they were, not as they are written.
    assert one["lesion_score_interval"] == pytest.approx(np.percentile(samples, (5, 95)).tolist())
    assert one["score_samples"] == [round(x, 4) for x in samples]
    assert (one["novelty"], one["outside_training"]) == (1.7, True)
    assert two["lesion_score_interval"] is None, "one sample is no distribution"
    assert two["score_samples"] == [0.5]
    assert (two["novelty"], two["outside_training"]) == (0.25, False)
    nothing = ("lesion_score_interval", "score_samples", "novelty", "outside_training")
    assert [three[key] for key in nothing] == [None] * 4
    assert set(nothing) <= set(document["definitions"])
    assert "not be relied on" in document["definitions"]["outside_training"]["definition"]
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["lesion_score_low"]) == one["lesion_score_interval"][0]
    assert float(rows[0]["lesion_score_high"]) == one["lesion_score_interval"][1]
    assert [r["outside_training"] for r in rows] == ["true", "false", "", ""]
    assert [r["novelty"] for r in rows] == ["1.7", "0.25", "", ""]
    assert [r["lesion_score_low"] for r in rows[1:]] == ["", "", ""]
    assert "score_samples" not in rows[0]


def test_a_name_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path) -> None:
    study, analysis = make(None)
    lesions = list(analysis.segmentation.lesions)
    lesions[0] = replace(lesions[0], name='=HYPERLINK("x"),\n"y"')
    changed = replace(analysis.segmentation, lesions=tuple(lesions))
    export(study, [LesionFiles(replace(analysis, segmentation=changed))], tmp_path)
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["name"] == "'" + lesions[0].name
    assert len(rows) == 4
