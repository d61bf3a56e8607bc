"""The corpus in the tree, made from nothing: ``python -m tests.support.fuzzing.corpus``.

Small whole files, one for each way that a reader goes.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from app.core.drawn.measurements import Measurement, Measurements
from app.core.drawn.voi import Angle, Ruler, Sphere
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Patch
from app.session.changes.journal import entry_of
from app.session.changes.kinds import Edit, MeasurementsChange
from tests.support.fuzzing.targets import CORPUS, SHAPE_KJI
from tests.support.made.files import COMPRESSED, MadeStudy
from tests.support.made.outlines import as_mask, box_contours, segmentation, structure_set
from tests.support.made.recipe import Recipe
from tests.support.made.series import study_of

#: A card with a field of every kind that the program's own cards have.
_CARD = """id = "made"
name = "Made for fuzzing"
version = "1.0"
task = "find-lesions"
summary = "It outlines nothing."
outputs = ["logit of lesion per voxel"]
spacing_mm = 4.0
threshold = 0.5
tracers = ["FDG"]
memory_mib = 100.0
weights_file = "weights.safetensors"
weights_sha256 = "2d5712a16bcd1b47dd141b3cb5a95c1d18a4d034ce39a6203c805809ce399fb9"
licence = "Apache-2.0"
intended_use = "Research use only."
not_for = "Anything else."
limits = ["It was never trained."]

[[inputs]]
modality = "PT"
quantity = "SUVbw"
unit = "g/ml"
required = true
expected_range = [0.0, 100.0]

[[inputs]]
modality = "CT"
quantity = "HU"
unit = "HU"
required = false

[network]
class = "UNet"
args = { features = 8 }

[training]
data = "none"
seed = 1

[metrics]
dice = 0.5

[extra]
window_kji = [32, 32, 32]
overlap = 0.5
"""


def entries() -> Iterator[tuple[str, str, bytes]]:
    """Yield target, name and bytes of every entry."""
    plain = _study()
    for n in range(3):
        yield "header", f"classic_{n}.dcm", plain.pet[n].data()
    for name, recipe in (
        ("implicit", {"encoding": "implicit"}),
        ("big", {"encoding": "big"}),
        ("bare", {"encoding": "bare"}),
        ("enhanced", {"layout": "enhanced"}),
    ):
        yield "header", f"{name}.dcm", _study(**recipe).pet[0].data()
    yield "pixel", "native.dcm", plain.pet[2].data()
    for encoding in (*COMPRESSED, "deflated"):
        yield "pixel", f"{encoding}.dcm", _study(encoding=encoding).pet[2].data()
    yield from _outlines(plain)
    yield from _nifti(plain)
    yield "card", "model.toml", _CARD.encode()
    yield from _journal()


def _study(**recipe: Any) -> MadeStudy:
    return study_of(Recipe(shape_kji=SHAPE_KJI, **recipe))


def _outlines(study: MadeStudy) -> Iterator[tuple[str, str, bytes]]:
    rois = {"A": box_contours(study), "B": box_contours(study)[:1]}
    yield "rtstruct", "two.dcm", as_mask(study, structure_set(study, rois)).data()
    inside = study.made.mask > 0
    for kind in ("BINARY", "FRACTIONAL"):
        dataset = segmentation(study, {"A": inside, "B": np.roll(inside, 1, 0)}, kind=kind)
        yield "seg", f"{kind.lower()}.dcm", as_mask(study, dataset).data()


def _nifti(study: MadeStudy) -> Iterator[tuple[str, str, bytes]]:
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ study.made.recipe.affine_lps_mm[:, [2, 1, 0, 3]]
    for name, array in (
        ("suv", study.made.suv.astype(np.float32)),
        ("labels", study.made.mask),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.nii"
            nib.save(nib.Nifti1Image(array.transpose(2, 1, 0), affine), path)
            data = path.read_bytes()
        yield "nifti", f"{name}.nii", data
        yield "nifti", f"{name}.nii.gz", gzip.compress(data, mtime=0)
        if name == "labels":
            yield "mask", "labels.nii", data


def _journal() -> Iterator[tuple[str, str, bytes]]:
    lesion = Lesion(id="a", label=1, name="L1", status=LesionStatus.ACCEPTED, source="made")
    patch = Patch(
        np.array([3, 4], np.int64), np.zeros(2, np.uint16), np.ones(2, np.uint16), (), (lesion,)
    )
    drawn = Measurements(
        (
            Measurement("m1", "one", Ruler((0.0, 1.0, 2.0), (3.0, 4.0, 5.0))),
            Measurement("m2", "two", Angle((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0))),
            Measurement("m3", "three", Sphere((1.0, 2.0, 3.0), 4.0)),
        )
    )
    for name, change in (
        ("edit", Edit("Draw", patch)),
        ("measurements", MeasurementsChange("Measure", Measurements(), drawn)),
    ):
        yield "journal", f"{name}.json", json.dumps(entry_of(change).data, indent=1).encode()


def main() -> int:
    """Write the corpus anew."""
    for target, name, data in entries():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        (CORPUS / target / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
