"""The sample study: made once, whole or not at all, and read back to the same SUVs."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import app.io.sample.folder as sample_module
from app.compute.phantom.phantom import Phantom
from app.core.kit.errors import ExportError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.lesions.measure import measure
from app.io.open.study import open_study
from app.io.sample.folder import CACHE_VARIABLE, sample_facts, sample_study_folder
from tests.support.sample import sample_phantom


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return sample_phantom()


@pytest.fixture(scope="module")
def folder(phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the whole sample study once, without painting the phantom a second time."""
    patch = pytest.MonkeyPatch()
    patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
    patch.setattr(sample_module, "make_phantom", lambda *_, **__: phantom)
    made = sample_study_folder()
    patch.undo()
    return made


@pytest.mark.slow
def test_the_ordinary_reader_gets_the_same_suvs(folder: Path, phantom: Phantom) -> None:
    study = open_study([folder])
    assert study.pet is not None
    assert study.ct is not None
    assert study.suv is not None
    assert study.warnings == ()
    assert study.refused == ()
    assert study.aligned
    assert study.suv.factor == pytest.approx(sample_facts().suv_per_bqml, rel=1e-9)
    assert study.patient.id == "UPTAKE-SAMPLE"
    assert study.pet.grid.same_grid(phantom.pet_suvbw.grid)
    assert study.ct.grid.same_grid(phantom.ct_hu.grid)
    assert study.pet.grid.same_space(study.ct.grid)
    assert np.array_equal(study.ct.array, phantom.ct_hu.array)
    # Half a step of a slice's 15 bits, and what float32 adds.
    step = phantom.pet_suvbw.array.max(axis=(1, 2), keepdims=True) / 32767
    difference = np.abs(study.pet.array - phantom.pet_suvbw.array)
    assert (difference <= 0.5 * step + 1e-6 * phantom.pet_suvbw.array + 1e-9).all()


def test_lesions_measured_on_the_files_are_those_of_the_phantom(
    folder: Path, phantom: Phantom
) -> None:
    study = open_study([folder])
    assert study.pet is not None
    read, made = measure(study.pet, phantom.truth), measure(phantom.pet_suvbw, phantom.truth)
    truth = json.loads((folder.parent / "truth.json").read_text(encoding="utf-8"))
    assert [x["name"] for x in truth["lesions"]] == [x.name for x in phantom.lesions]
    for key, b in read.items():
        for value in ("suv_max", "suv_mean", "suv_peak", "tlg"):
            assert b[value] == pytest.approx(made[key][value], rel=1e-3)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
@pytest.mark.parametrize("name", ["pet/PT0001.dcm", "pet/PT0200.dcm", "ct/CT0100.dcm"])
def test_dciodvfy_finds_no_error(folder: Path, name: str) -> None:
    command = ["dciodvfy", "-new", str(folder / name)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    assert "Image" in said
    assert "Error" not in said, said


def test_the_size_stays_modest(folder: Path) -> None:
    assert sum(p.stat().st_size for p in folder.rglob("*.dcm")) < 80e6


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache in which a stand-in for the phantom's files is made at once."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))

    def write(place: Path, context: JobContext) -> None:
        (place / "study").mkdir()
        context.progress(0.5, "half")
        (place / "study" / "a.dcm").write_bytes(b"a")
        (place / "truth.json").write_text("{}")

    monkeypatch.setattr(sample_module, "_write", write)
    return tmp_path / "cache"


def test_it_is_made_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sample_study_folder()
    assert first.name == "study"
    assert first.is_dir()
    made = (first / "a.dcm").stat().st_mtime_ns
    assert sample_study_folder() == first
    assert (first / "a.dcm").stat().st_mtime_ns == made
    monkeypatch.setattr(sample_module, "PHANTOM_VERSION", "2")
    second = sample_study_folder()
    assert second != first
    assert [p.name for p in cache.iterdir()] == [second.parent.name]


def test_a_study_cut_short_is_made_again(cache: Path) -> None:
    first = sample_study_folder()
    (first.parent / "truth.json").unlink()
    (first / "a.dcm").unlink()
    assert sample_study_folder() == first
    assert (first / "a.dcm").exists()


def test_cancel_leaves_nothing(cache: Path) -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        sample_study_folder(context)
    assert list(cache.iterdir()) == []


def test_a_full_disk_is_a_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(place: Path, context: JobContext) -> None:
        (place / "part").write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sample_module, "_write", full)
    with pytest.raises(ExportError, match="disk is full"):
        sample_study_folder()
    assert list(cache.iterdir()) == []


def test_a_cache_that_is_a_file_is_a_sentence(cache: Path) -> None:
    cache.write_text("no folder")
    with pytest.raises(ExportError, match="could not be written") as caught:
        sample_study_folder()
    assert CACHE_VARIABLE in caught.value.next_step
