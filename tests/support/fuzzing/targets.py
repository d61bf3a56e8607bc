"""One function for each reader: it takes bytes and ends in a result or in a known sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np

from app.core.kit.errors import KnownError
from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.io.nifti.image import read_nifti
from app.io.nifti.pair import NiftiFiles, open_nifti
from app.io.open.info import describe
from app.io.open.study import open_study
from app.io.outlines.masks import read_outlines
from app.session.changes.journal import Entry, change_of
from inference.models import packages
from tests.support.places import ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
#: Shape of the made images of the corpus, and where they lie.
SHAPE_KJI, SPACING_KJI_MM = (3, 6, 7), (3.0, 5.0, 4.0)
ORIGIN_LPS_MM = (-64.0, -60.0, 100.0)


@cache
def seeds(target: str) -> tuple[tuple[str, bytes], ...]:
    """Return names and bytes of the corpus of a target, in order."""
    folder = CORPUS / ("header" if target in BROKEN else target)
    return tuple((x.name, x.read_bytes()) for x in sorted(folder.iterdir()))


@cache
def pet(frame_of_reference_uid: str | None = None) -> Volume:
    """Return the PET that outlines are read onto."""
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * np.array(SPACING_KJI_MM)
    affine[:3, 3] = ORIGIN_LPS_MM
    grid = ImageGrid(SHAPE_KJI, affine, frame_of_reference_uid)
    return Volume(grid, np.ones(SHAPE_KJI, np.float32), Quantity.SUV_BW, "1.2.3", "PET")


def _empty(folder: Path) -> Path:
    place = folder / "input"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


def header(data: bytes, folder: Path) -> None:
    """Describe a folder that holds the file beside a whole one of the same series."""
    place = _empty(folder)
    (place / "a.dcm").write_bytes(data)
    (place / "b.dcm").write_bytes(dict(seeds("header"))["classic_2.dcm"])
    document = describe([place])
    json.dumps(document, default=str)


def pixel(data: bytes, folder: Path) -> None:
    """Read a series of which one file is damaged."""
    place = _empty(folder)
    for name, whole in seeds("header"):
        if name.startswith("classic"):
            (place / name).write_bytes(whole)
    (place / "classic_2.dcm").write_bytes(data)
    study = open_study([place])
    assert study.pet is None or study.pet.array.shape == study.pet.grid.shape_kji


def _outlines(name: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(data)
        outlines = read_outlines(path, pet())
        assert outlines.layers
        assert all(x.grid is pet().grid for x in outlines.layers)

    return read


def nifti(data: bytes, folder: Path) -> None:
    """Read the file as an image, plain or packed, and as a PET."""
    packed = data[:2] == b"\x1f\x8b"
    path = folder / ("x.nii.gz" if packed else "x.nii")
    path.write_bytes(data)
    image = read_nifti(path)
    assert image.array.shape == image.grid.shape_kji
    open_nifti(NiftiFiles(path, None, None), JobContext())


def card(data: bytes, folder: Path) -> None:
    """List a package of that card alone: it is a model, or named as broken."""
    place = _empty(folder)
    (place / "model.toml").write_bytes(data)
    (place / "weights.safetensors").write_bytes(b"")
    nowhere = patch.multiple(
        packages, builtin_folder=lambda: place / "none", user_folder=lambda: place / "none"
    )
    with nowhere:
        found = packages.list_packages([place])
    assert len(found) == 1
    json.dumps([x.to_json() if isinstance(x, ModelCard) else x.problem for x in found])


def journal(data: bytes, folder: Path) -> None:
    """Make a change of an entry that is any JSON."""
    del folder
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict):
        arrays = {f"a{n}": np.zeros(2, np.int64 if n == 0 else np.uint16) for n in range(3)}
        change_of(Entry(found, arrays))


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "header": header,
    "pixel": pixel,
    "seg": _outlines("x.seg.dcm"),
    "rtstruct": _outlines("x.rt.dcm"),
    "nifti": nifti,
    "mask": _outlines("x.nii"),
    "card": card,
    "journal": journal,
}


def _bloats(data: bytes, folder: Path) -> None:
    np.ones(1 << 28).sum()


def _raises(data: bytes, folder: Path) -> None:
    raise ValueError("no known error")


#: Readers that are broken on purpose, which the tests of the tests see caught.
BROKEN: dict[str, Callable[[bytes, Path], None]] = {
    "broken raises": _raises,
    "broken dies": lambda data, folder: os.kill(os.getpid(), signal.SIGSEGV),
    "broken bloats": _bloats,
}


def run_target(name: str, data: bytes, folder: Path) -> None:
    """Read one input; only what is a fault is raised."""
    try:
        (TARGETS | BROKEN)[name](data, folder)
    except KnownError as error:
        if not error.sentence:
            raise RuntimeError("a known error without a sentence") from error
