"""What the command line does not print, as its commands: the CT, rounds of fuzzing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from app.core.kit.errors import KnownError
from app.io.open.study import open_study


def ct(arguments: Sequence[str]) -> int:
    """Print the CT's greatest and mean HU within a mask, and the mean around it.

    The mask lies on the CT's own grid. ``whole`` holds the greatest HU of all voxels.
    """
    folder, mask = Path(arguments[0]), Path(arguments[1])
    try:
        study = open_study([folder])
    except KnownError as error:
        sys.stderr.write(f"uptake: {error}\n")
        return 1
    for warning in study.warnings:
        sys.stderr.write(f"uptake: note: {warning}\n")
    if study.ct is None:
        sys.stderr.write("uptake: No CT was read.\n")
        return 1
    image = nib.load(mask)
    assert isinstance(image, nib.Nifti1Image)
    inside = np.asarray(image.dataobj).transpose(2, 1, 0) > 0
    values = np.asarray(study.ct.array, np.float64)
    if values.shape != inside.shape:
        rows = [_row("shape", *map(float, values.shape))]
    else:
        k, j, i = (slice(x.min(), x.max() + 1) for x in np.nonzero(inside))
        ring = values[k, slice(j.start - 1, j.stop + 1), slice(i.start - 1, i.stop + 1)]
        around = (ring.sum() - values[inside].sum()) / (ring.size - inside.sum())
        rows = [
            _row("box", float(values[inside].max()), float(values[inside].mean()), float(around)),
            _row("whole", float(values.max()), -1.0, -1.0),
        ]
    sys.stdout.write(json.dumps({"lesions": rows}))
    return 0


def _row(name: str, greatest: float, mean: float, last: float) -> dict[str, object]:
    return {"name": name, "suv_max": greatest, "suv_mean": mean, "mtv_ml": last}


def fuzz(arguments: Sequence[str]) -> int:
    """Try damaged inputs: see `tests.support.fuzzing.probe`."""
    from tests.support.fuzzing.probe import probe

    return probe(arguments)


PROBES: dict[str, Callable[[Sequence[str]], int]] = {"probe-ct": ct, "probe-fuzz": fuzz}
