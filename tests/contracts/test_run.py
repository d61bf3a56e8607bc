"""`uptake run` and the window on images that were named one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from app.cli import main
from tests.support.nifti import load_nifti
from tests.support.tiny_model import write_image_package

#: Voxels of 4 mm, as x, y and z.
SHAPE = (24, 22, 18)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install tiny packages for this person."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data" / "uptake" / "models"
    for model_id in ("mr-synthetic-ct", "pet-denoise"):
        write_image_package(folder / model_id, model_id)
    return folder


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Path]:
    """Write a leg as PET, CT and MR, and the MR once more half a metre away."""
    x, y, _ = np.meshgrid(*(np.arange(n) - n / 2 for n in SHAPE), indexing="ij")
    radius = np.sqrt((x / 9.0) ** 2 + (y / 8.0) ** 2)
    signal = np.where(radius < 1.0, 900.0, 4.0)
    signal[radius < 0.8] = 300.0
    arrays = {
        "pet": np.where(radius < 1.0, 2.0, 0.0),
        "ct": np.where(radius < 1.0, 40.0, -1000.0),
        "mr": signal,
        "far": signal,
    }
    found = {}
    for name, array in arrays.items():
        affine = np.diag([-4.0, -4.0, 4.0, 1.0])
        affine[2, 3] = 500.0 if name == "far" else 0.0
        # Names that say nothing: what a file is has been said by its option.
        found[name] = tmp_path / f"image_{ord(name[0])}_{len(name)}_suv.nii.gz"
        nib.save(nib.Nifti1Image(array.astype(np.float32), affine), found[name])
    return found


Run = Callable[..., int]


@pytest.fixture
def run(models: Path, images: dict[str, Path], tmp_path: Path) -> Run:
    def run(model: str, *parts: str, samples: int = 2) -> int:
        """Run a model; a part is ``mr`` or, with another file, ``mr=far``."""
        named = [x.split("=") for x in parts]
        options = [y for x in named for y in (f"--{x[0]}", str(images[x[-1]]))]
        out = str(tmp_path / "out")
        more = ["--samples", str(samples), "--device", "cpu", "--quiet"]
        return main(["run", model, *options, "--out", out, *more])

    return run


def summary(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("parts", [("mr",), ("pet", "mr"), ("pet", "ct", "mr")])
def test_a_synthetic_ct_is_made_of_a_named_mr(
    run: Run,
    parts: tuple[str, ...],
    images: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("mr-synthetic-ct", *parts) == 0
    assert capsys.readouterr().out.startswith("Synthetic CT: synthetic CT, ")
    mr = load_nifti(images["mr"])
    for name in ("synthetic_ct", "synthetic_ct_deviation", "mu_map"):
        made = load_nifti(tmp_path / "out" / f"{name}.nii.gz")
        assert made.shape == SHAPE
        np.testing.assert_allclose(made.affine, mr.affine, atol=1e-6)
    document = summary(tmp_path)
    assert document["derived"]["source_series_uids"] == {"MR": f"nifti:{images['mr'].name}"}
    assert document["derived"]["has_deviation"]
    assert (document["comparison"].get("hu_error") is None) == ("ct" not in parts)
    assert not any("overlap" in x for x in document["warnings"])


def test_an_mr_that_does_not_overlap_the_pet_is_said(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("mr-synthetic-ct", "pet", "mr=far", samples=0) == 0
    said = capsys.readouterr().err
    assert "note: MR and PET do not overlap in space" in said
    assert "the synthetic CT says nothing of the PET" in said
    assert any("do not overlap" in x for x in summary(tmp_path)["warnings"])


def test_what_a_model_needs_and_was_not_named_is_said(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for model, part, sentence in (
        ("mr-synthetic-ct", "pet", "There is no MR in this study."),
        ("pet-denoise", "mr", "There is no PET in this study."),
        ("mr-synthetic-ct", "ct", "Only a CT was named."),
    ):
        assert run(model, part) == 1
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("open",),
        ("info",),
        ("analyze", "--out", "x"),
        ("measure", "--mask", "x"),
        ("run", "--out", "x", "mr-synthetic-ct"),
        ("snapshot", "--out", "x.png"),
    ],
)
def test_a_folder_beside_named_nifti_is_wrong_use(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, str(tmp_path), "--mr", "a.nii"])
    assert ended.value.code == 2
    assert "without a PATH beside them" in capsys.readouterr().err


def test_info_tells_a_named_ct_from_a_pet(
    images: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "--ct", str(images["ct"]), "--json"]) == 0
    chosen = json.loads(capsys.readouterr().out)["chosen"]
    assert (chosen["pet"], chosen["mr"]) == (None, None)
    assert chosen["ct"] == f"nifti:{images['ct'].name}"


def test_the_window_opens_on_named_images(monkeypatch: pytest.MonkeyPatch) -> None:
    import ui.window.start

    asked: list[dict[str, Path | None]] = []

    def run(_paths: list[Path], **named: Path | None) -> int:
        asked.append(named)
        return 0

    monkeypatch.setattr(ui.window.start, "run", run)
    assert main(["--mr", "a.nii"]) == 0
    assert main(["--mr=a.nii", "--pet", "b.nii"]) == 0
    assert main(["open", "--pet", "b.nii", "--ct", "c.nii", "--mr", "a.nii"]) == 0
    a, b, c = (Path(f"{x}.nii") for x in "abc")
    assert asked == [
        {"pet": None, "ct": None, "mr": a},
        {"pet": b, "ct": None, "mr": a},
        {"pet": b, "ct": c, "mr": a},
    ]
