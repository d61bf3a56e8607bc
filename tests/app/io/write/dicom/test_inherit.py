"""What SEG, SR and derived images take over from odd sources: always something valid."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from app.core.drawn.measurements import Measurement, Measurements
from app.core.drawn.voi import Sphere
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.core.study.study import Study
from app.io.write.derived import DerivedFiles
from app.io.write.dicom.inherit import inherited
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from app.io.write.measurements import MeasurementFiles
from tests.support.export_case import make, read_json

BALL = Measurements((Measurement("0" * 32, "Ball", Sphere((-10.0, 45.0, 110.0), 6.0)),))
EMPTY = (
    "AccessionNumber", "StudyID", "ReferringPhysicianName", "PatientName", "PatientID",
    "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
)  # fmt: skip
NAMES = {
    "latin": (["ISO_IR 100"], "Müller^Jürgen"),
    "undeclared": (None, "Muller^Jurgen"),
    "cyrillic": (["ISO_IR 144"], "Люкceмбypг^Анна"),
    "greek": (["ISO_IR 126"], "Διονυσιος^Α"),
    "hebrew": (["ISO_IR 138"], "שרון^דבורה"),
    "thai": (["ISO_IR 166"], "สมชาย^ก"),
    "utf8": (["ISO_IR 192"], "Wang^XiaoDong=王^小東"),
    "gb18030": (["GB18030"], "Wang^XiaoDong=王^小东"),
    "jis": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
}
ODD = (0x00091001, 0x00191011, 0x70531000)


def written(
    folder: Path, change: Callable[[Dataset], None], *, mixed: bool = False
) -> tuple[Path, list[Path], list[str]]:
    """Export lesions, measurements and a derived image of a study whose headers were changed.

    With ``mixed`` only every second slice is changed, from the first.
    """
    folder.mkdir()
    study, analysis = make(folder / "dicom")
    files = sorted(study.series[0].files)
    for path in files[:: 2 if mixed else 1]:
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)
    out = folder / "out"
    export(study, [LesionFiles(analysis), MeasurementFiles(BALL)], out)
    export(study, [DerivedFiles(derived(study))], out / "derived")
    notes = [
        *read_json(out / "summary.json")["warnings"],
        *read_json(out / "measurements.json")["warnings"],
        *read_json(out / "derived/summary.json")["warnings"],
    ]
    found = sorted(out.glob("*.dcm")) + sorted(out.rglob("0001.dcm"))
    return out, found, [x for x in notes if "DICOM" in x]


def derived(study: Study) -> DerivedImage:
    assert study.pet is not None
    stated = Provenance({}, {}, model_id="m")
    return DerivedImage(
        "d", DerivedKind.DENOISED, "Denoised", study.pet, None, {"PET": "9.8.7"}, stated
    )


def set_raw(dataset: Dataset, tag: int, vr: str, value: bytes) -> None:
    """Set an element as it lies in a file, unjudged."""
    raw = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
    dataset[Tag(tag)] = raw


def require_valid(paths: list[Path]) -> None:
    """Ask a stranger, where there is one. The case's own series UID has no registered root."""
    assert len(paths) == 3
    if shutil.which("dciodvfy") is None:
        return
    for path in paths:
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        errors = [x for x in said.stderr.splitlines() if x.startswith("Error")]
        assert [x for x in errors if "Illegal root for UID" not in x] == [], path.name


@pytest.mark.parametrize("keyword", EMPTY)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_what_may_be_empty_may_be_absent_in_the_source(
    tmp_path: Path, keyword: str, how: str
) -> None:
    def change(dataset: Dataset) -> None:
        dataset.pop(Tag(keyword), None)
        if how == "empty":
            setattr(dataset, keyword, None)

    _, found, notes = written(tmp_path / "case", change)
    assert notes == []
    require_valid(found)
    assert all(dcmread(x)[keyword].value in ("", None) for x in found)


@pytest.mark.parametrize(
    "values",
    [
        {"PatientBirthDate": b"1950.13.99", "PatientSex": b"female", "PatientAge": b"old "},
        {"StudyID": b"s" * 40, "AccessionNumber": b"a" * 30, "PatientID": b"p" * 80},
        {"PatientName": b"N" * 90, "StudyDescription": b"d" * 90, "StudyTime": b"99:99 "},
        {"PatientName": b"N\x1b[31m\x07", "PatientWeight": b"70,5", "PatientSize": b"1" * 30},
        {"SeriesNumber": b"three ", "DecayFactor": b"x ", "BodyPartExamined": b"thorax!!"},
    ],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_ill_formed_values_are_not_inherited(
    tmp_path: Path, values: dict[str, bytes], mixed: bool
) -> None:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            set_raw(dataset, int(Tag(keyword)), dictionary_VR(keyword), value)

    _, found, notes = written(tmp_path / "case", change, mixed=mixed)
    assert notes == []
    require_valid(found)


@pytest.mark.parametrize("kind", NAMES)
def test_names_survive_in_every_script(tmp_path: Path, kind: str) -> None:
    declared, name = NAMES[kind]

    def change(dataset: Dataset) -> None:
        if declared is None:
            del dataset.SpecificCharacterSet
        else:
            dataset.SpecificCharacterSet = declared
        dataset.PatientName = name
        dataset.ReferringPhysicianName = name

    _, found, notes = written(tmp_path / "case", change)
    assert notes == []
    require_valid(found)
    for path in found:
        dataset = dcmread(path)
        assert dataset.SpecificCharacterSet == "ISO_IR 192"
        assert str(dataset.PatientName) == name
        assert str(dataset.ReferringPhysicianName) == name


@pytest.mark.parametrize(
    ("declared", "name", "wanted"),
    [
        (b"ISO_IR 192", b"M\xfc\xfe\xff^A", "Müþÿ^A"),
        (b"NONSENSE", b"Muller^A", "Muller^A"),
        (b"\\ISO 2022 IR 87 ", b"\x1b$Z\xff\xff", None),
        (b"\xff\xfe", b"M\xfcller^A", "Müller^A"),
        (b"GBK", b"\x95\x5c^A", "昞^A"),
    ],
)
def test_a_wrong_character_set_ends_in_a_name_that_can_be_written(
    declared: bytes, name: bytes, wanted: str | None
) -> None:
    source = Dataset()
    set_raw(source, 0x00080005, "CS", declared)
    set_raw(source, 0x00100010, "PN", name)
    made = inherited(source)
    str(made.PatientName).encode()
    assert made.SpecificCharacterSet == "ISO_IR 192"
    if wanted is not None:
        assert str(made.PatientName) == wanted


def test_private_elements_are_never_looked_at_nor_taken_over(tmp_path: Path) -> None:
    def change(dataset: Dataset) -> None:
        for tag in ODD:
            # Six bytes are no doubles.
            set_raw(dataset, tag, "FD", b"123456")
        item = dataset.RadiopharmaceuticalInformationSequence[0]
        item.add_new(0x00091001, "LO", "CANARY")

    _, found, notes = written(tmp_path / "case", change)
    assert notes == []
    for path in found:
        inside = dcmread(path)
        assert b"CANARY" not in path.read_bytes()
        assert not any(x.tag.is_private for x in inside.iterall())


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_without_what_must_be_there_the_other_files_are_written(
    tmp_path: Path, keyword: str
) -> None:
    out, found, notes = written(
        tmp_path / "case", lambda x: x.__delitem__(Tag(keyword)), mixed=True
    )
    assert found == []
    assert len(notes) == 3
    assert (out / "lesions.csv").is_file()
    assert (out / "segmentation.nii.gz").is_file()


def test_files_without_preamble_and_meta_information_are_sources_too(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    for path in study.series[0].files:
        dataset = dcmread(path)
        bare = Dataset()
        bare.update(dataset)
        bare.save_as(path, implicit_vr=False, little_endian=True)
        assert path.read_bytes()[128:132] != b"DICM"
    names = [x.name for x in export(study, [LesionFiles(analysis)], tmp_path / "out")]
    assert "segmentation.seg.dcm" in names
