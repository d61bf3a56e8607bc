"""What is exported of a series that was taken apart names the series of the files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pydicom import dcmread

from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.io.open.study import open_study
from app.io.write.documents.study import study_provenance
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.dicom_files import affine_of, phantom, write_series

STORED = phantom((6, 7, 9))


def test_exports_name_the_dicom_series_and_its_own_images(tmp_path: Path) -> None:
    uid = write_series(tmp_path / "in" / "c", STORED, affine_of())
    folder = tmp_path / "in"
    write_series(folder / "a", STORED // 3, affine_of(), series_uid=uid, CorrectedImage=["DECY"])
    write_series(folder / "b", STORED % 900, affine_of(), "CT", series_uid=uid)
    study = open_study([folder])
    assert study.pet is not None
    labels = np.zeros(STORED.shape, np.uint16)
    labels[2:4, 2:5, 3:6] = 1
    lesion = Lesion("l-1", 1, "L1", LesionStatus.CANDIDATE, "by hand", None, None)
    drawn = Segmentation("s", study.pet.grid, Labelmap.from_array(labels), (lesion,))
    values = measure(study.pet, drawn)
    analysis = LesionAnalysis(drawn, values, None, None, study_provenance(study))
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["provenance"]["series_uids"] == {"PET": uid, "CT": uid}
    assert any("listed apart" in w for w in summary["warnings"])
    seg = dcmread(tmp_path / "out" / "segmentation.seg.dcm")
    (referred,) = seg.ReferencedSeriesSequence
    assert referred.SeriesInstanceUID == uid
    pets = {str(dcmread(x).SOPInstanceUID) for x in (folder / "c").iterdir()}
    named = {str(x.ReferencedSOPInstanceUID) for x in referred.ReferencedInstanceSequence}
    assert named == pets
