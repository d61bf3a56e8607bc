"""`uptake mu-map`: what it writes of a CT, what it says, how it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from pydicom import dcmread

from app.cli import main
from app.compute.attenuation.factors import mu_map
from app.io.open.study import open_study
from tests.support.nifti import load_nifti
from tests.support.sample import sample_study


def summary(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_sample_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study_folder, out = sample_study(), tmp_path / "out"
    assert main(["mu-map", str(study_folder), "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    document = summary(out)
    assert printed == document
    assert document["files"] == ["mu_map.nii.gz", "mu_map_dicom/0001.dcm", "summary.json"]
    assert document["derived"]["title"] == "Mu-map 511 keV (CT, 120 kV)"
    assert document["derived"]["quantity"] == "1/cm"
    study = open_study([study_folder])
    assert study.ct is not None
    assert document["provenance"]["series_uids"] == {"CT": study.ct.series_uid}
    assert document["provenance"]["method"].startswith("Carney et al. 2006")
    assert document["provenance"]["warnings"] == []  # the sample's header states the voltage
    wanted = mu_map(study.ct, 120.0).array
    written = load_nifti(out / "mu_map.nii.gz")
    np.testing.assert_allclose(written.get_fdata().T, wanted, atol=1e-6)
    dicom = dcmread(out / "mu_map_dicom" / "0001.dcm")
    assert dicom.Modality != "CT"
    assert "Carney et al. 2006" in dicom.DerivationDescription
    frames = np.frombuffer(dicom.FloatPixelData, np.float32).reshape(wanted.shape)
    # Frames may follow one another from the head.
    assert np.array_equal(frames, wanted) or np.array_equal(frames[::-1], wanted)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Write a block of bone as CT, and something as PET."""
    hu = np.full((12, 12, 6), -1000.0, np.float32)
    hu[3:9, 3:9] = 1000.0
    found = {}
    for name, array in (("ct", hu), ("pet", np.ones_like(hu))):
        found[name] = tmp_path / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(array, np.diag([-4.0, -4.0, 4.0, 1.0])), found[name])
    return found


def test_a_ct_alone_and_a_given_voltage(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given = ["mu-map", "--ct", str(files["ct"]), "--out", str(out)]
    assert main(given) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Mu-map 511 keV (CT, 120 kV): attenuation map, 3 files in ")
    assert "note: The CT does not state its tube voltage; 120 kV was assumed." in said.err
    assert any("120 kV was assumed" in x for x in summary(out)["warnings"])
    # Carney's table for 1,000 HU: 2000 a + b.
    assert load_nifti(out / "mu_map.nii.gz").get_fdata().max() == pytest.approx(0.1491, abs=1e-5)
    assert main([*given, "--kvp", "140"]) == 0
    assert "assumed" not in capsys.readouterr().err
    assert load_nifti(out / "mu_map.nii.gz").get_fdata().max() == pytest.approx(0.1536, abs=1e-5)


def test_without_a_ct_nothing_is_written(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["mu-map", "--pet", str(files["pet"]), "--out", str(out)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        "uptake: There is no CT in this study. "
        "Open a folder that also holds a CT, or name one with --ct FILE."
    )
    assert not out.exists()


@pytest.mark.parametrize("voltage", ["7", "400", "nan", "much"])
def test_a_silly_voltage_is_wrong_use(
    voltage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mu-map", str(tmp_path), "--out", "x", "--kvp", voltage])
    assert ended.value.code == 2
    assert "between 60 and 160 kV" in capsys.readouterr().err
