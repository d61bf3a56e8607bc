"""The exporter itself: parts, all or nothing, sources read once, what could not be made."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.core.drawn.measurements import Measurement, Measurements
from app.core.drawn.voi import Sphere
from app.core.kit.errors import ExportError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.io.dicom.file import read_file
from app.io.write.derived import DerivedFiles
from app.io.write.dicom import sources as sources_module
from app.io.write.dicom.sources import SeriesBlock, SkippedError, Sources, series_number
from app.io.write.exporter import Part, Writing, export
from app.io.write.lesions import LesionFiles
from app.io.write.measurements import MeasurementFiles
from app.io.write.names import already_there, derived_files
from tests.support.export_case import make, read_json

BALL = Measurements((Measurement("0" * 32, "Ball", Sphere((-10.0, 45.0, 110.0), 6.0)),))


@dataclass(frozen=True)
class Notes:
    """A further kind of export, as small as one is."""

    text: str
    names: tuple[str, ...] = ("notes.txt", "pages", "notes.json")

    def write(self, out: Writing) -> None:
        out.text("notes.txt", self.text)

        def pages(folder: Path, step: JobContext) -> None:
            folder.mkdir()
            for n in range(3):
                step.progress(n / 3)
                (folder / f"{n}.txt").write_text(str(n))
            if not self.text:
                raise SkippedError("There is nothing to say")

        out.file("pages", pages, lost="no page was made")
        if self.text == "refused":
            raise ExportError("This cannot be written.")
        out.json("notes.json", {"files": out.files, "warnings": out.notes})


def test_a_further_kind_is_one_small_class(tmp_path: Path) -> None:
    study, analysis = make(None)
    said: list[tuple[float, str]] = []
    context = JobContext(lambda fraction, text: said.append((fraction, text)))
    files = export(study, [LesionFiles(analysis), Notes("hello")], tmp_path, context)
    # In the order of the parts and of their names; folders by what they hold.
    names = [x.relative_to(tmp_path).as_posix() for x in files]
    assert names[-5:] == ["notes.txt", "pages/0.txt", "pages/1.txt", "pages/2.txt", "notes.json"]
    assert names.index("summary.json") == len(names) - 6
    assert all(x.is_file() for x in files)
    assert read_json(tmp_path / "notes.json") == {"files": names[-5:-1], "warnings": []}
    fractions = [x for x, _ in said]
    assert fractions == sorted(fractions)
    assert (0.5, "Writing notes.txt") in said
    assert fractions[-1] == 1.0


def test_what_cannot_be_made_costs_only_itself_and_an_older_one_goes(tmp_path: Path) -> None:
    study, _ = make(None)
    export(study, [Notes("hello")], tmp_path)
    files = export(study, [Notes("")], tmp_path)
    assert [x.name for x in files] == ["notes.txt", "notes.json"]
    assert not (tmp_path / "pages").exists()
    document = read_json(tmp_path / "notes.json")
    assert document["warnings"] == ["There is nothing to say, so no page was made."]


@pytest.mark.parametrize("failure", ["refused", "cancelled"])
def test_a_later_part_that_fails_takes_nothing_of_the_first_in(
    tmp_path: Path, failure: str
) -> None:
    study, analysis = make(None)
    context = JobContext(
        lambda fraction, _: context.cancel() if failure == "cancelled" and fraction > 0.7 else None
    )
    (tmp_path / "lesions.csv").write_text("earlier")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises((ExportError, JobCancelled)):
        export(study, [LesionFiles(analysis), Notes("refused")], tmp_path, context)
    assert {x.name: x.read_text() for x in tmp_path.iterdir()} == {
        "lesions.csv": "earlier",
        "mine.txt": "mine",
    }


def test_two_parts_never_write_one_file(tmp_path: Path) -> None:
    study, _ = make(None)
    with pytest.raises(ValueError, match="same file"):
        export(study, [Notes("a"), Notes("b")], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_headers_are_read_once_for_all_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, analysis = make(tmp_path / "dicom")
    read: list[Path] = []

    def counted(path: Path, *tags: Any, **options: Any) -> Dataset:
        read.append(path)
        return read_file(path, *tags, **options)

    monkeypatch.setattr(sources_module, "read_file", counted)
    parts: list[Part] = [LesionFiles(analysis), MeasurementFiles(BALL)]
    files = {x.name: x for x in export(study, parts, tmp_path / "out")}
    assert {"segmentation.seg.dcm", "measurements.sr.dcm"} <= set(files)
    assert sorted(read) == sorted(study.series[0].files)
    # Not one is read where nothing asks for any.
    read.clear()
    export(study, [Notes("hello")], tmp_path / "out")
    assert read == []


def test_series_of_one_export_have_numbers_of_their_own(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    assert study.pet is not None
    deviation = replace(study.pet)
    stated = Provenance({}, {}, model_id="m")
    kind, uids = DerivedKind.DENOISED, {"PET": "9.8.7"}
    image = DerivedImage("d", kind, "Denoised", study.pet, deviation, uids, stated)
    out = tmp_path / "out"
    export(study, [LesionFiles(analysis), MeasurementFiles(BALL)], out)
    export(study, [DerivedFiles(image)], out)
    headers = [dcmread(x, stop_before_pixels=True) for x in out.rglob("*.dcm")]
    numbers = {x.SeriesInstanceUID: int(x.SeriesNumber) for x in headers}
    # The PET of the case has number 3.
    assert sorted(numbers.values()) == [9003, 9106, 9107, 10103]


def test_no_two_kinds_share_a_number_whatever_the_sources_are() -> None:
    found: list[int] = []
    for own in range(100):
        source = Dataset()
        source.SeriesNumber = own
        for block in (SeriesBlock.LESIONS, SeriesBlock.MEASUREMENTS):
            found.append(series_number(block, source))
        for kind, part in itertools.product(range(len(DerivedKind)), (0, 1)):
            found.append(series_number(SeriesBlock.DERIVED, source, kind=kind, part=part))
    assert len(set(found)) == len(found)
    nameless = Dataset()
    assert series_number(SeriesBlock.LESIONS, nameless) == 9000


def test_damaged_sources_are_said_and_do_not_stop_the_export(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    study.series[0].files[2].write_bytes(b"no DICOM file")
    files = export(study, [LesionFiles(analysis), MeasurementFiles(BALL)], tmp_path / "out")
    assert not [x for x in files if x.suffix == ".dcm"]
    lesions = read_json(tmp_path / "out/summary.json")["warnings"]
    measured = read_json(tmp_path / "out/measurements.json")["warnings"]
    reason = "The DICOM files of the images can no longer be read, so no DICOM"
    assert f"{reason} SEG was made; the NIfTI holds the outlines." in lesions
    assert f"{reason} SR was made; the CSV holds the measurements." in measured


def test_the_headers_of_a_series_that_is_not_there() -> None:
    study, _ = make(None)
    with pytest.raises(SkippedError, match="did not come from DICOM"):
        Sources(study).of(None, "9.8.7", "1.2.3")


def test_a_pet_in_a_unit_that_dicom_does_not_know_is_nifti_only(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    assert study.pet is not None
    counts = replace(study.pet, quantity=Quantity.COUNTS)
    image = DerivedImage(
        "d", DerivedKind.DENOISED, "Denoised", counts, None, {"PET": "9.8.7"}, Provenance({}, {})
    )
    files = export(study, [DerivedFiles(image)], tmp_path / "out")
    assert [x.name for x in files] == [
        "denoised_pet.nii.gz",
        "denoised_pet.summary.json",
        "summary.json",
    ]
    warnings = read_json(tmp_path / "out/summary.json")["warnings"]
    assert warnings[-1] == (
        "A PET in counts has no unit that others could read, so no DICOM was written; the NIfTI "
        "holds the image."
    )


def test_what_an_export_would_overwrite(tmp_path: Path) -> None:
    names = derived_files(DerivedKind.SYNTHETIC_CT)
    assert already_there(tmp_path / "not here", names) == ()
    (tmp_path / "mu_map_dicom").mkdir()
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / "lesions.csv").write_text("of another kind")
    assert already_there(tmp_path, names) == ("mu_map_dicom", "summary.json")
