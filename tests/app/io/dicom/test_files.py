"""Files below paths: links, DICOMDIR, archives, folders without rights."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.core.study.study import RefusedFile
from app.io.dicom.scan import scan
from tests.support.dicom_files import affine_of, phantom, write_series
from tests.support.raw_elements import set_raw

STORED = phantom((3, 4, 4))


def _reasons(refused: tuple[RefusedFile, ...]) -> dict[str, str]:
    return {x.path.name: x.reason for x in refused}


def test_links_are_followed_once(tmp_path: Path) -> None:
    write_series(tmp_path / "elsewhere" / "pet", STORED, affine_of())
    opened = tmp_path / "opened"
    opened.mkdir()
    (opened / "pet").symlink_to(tmp_path / "elsewhere" / "pet")
    (opened / "again").symlink_to(tmp_path / "elsewhere")
    first = sorted((tmp_path / "elsewhere" / "pet").iterdir())[0]
    (opened / "0.dcm").symlink_to(first)
    found = scan([opened])
    assert found.files == 3
    assert not found.refused
    assert len(found.series[0].instances) == 3


def test_links_in_loops_and_to_nothing_are_said(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    (tmp_path / "pet" / "above").symlink_to(tmp_path)
    (tmp_path / "pet" / "root").symlink_to("/")
    (tmp_path / "gone.dcm").symlink_to(tmp_path / "nothing.dcm")
    (tmp_path / "round.dcm").symlink_to(tmp_path / "round.dcm")
    found = scan([tmp_path])
    assert found.files == 3
    reasons = _reasons(found.refused)
    assert reasons["above"] == reasons["root"] == "it is a link to a folder that holds it"
    assert reasons["gone.dcm"] == "it is a link to a file that is not there"
    assert "it cannot be read" in reasons["round.dcm"]


def test_pipes_and_sockets_are_no_files(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    os.mkfifo(tmp_path / "pet" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
        found = scan([tmp_path])
        alone = scan([tmp_path / "pet" / "pipe"])
    assert set(_reasons(found.refused)) == {"pipe", "socket"}
    assert all("not a regular file" in x for x in _reasons(found.refused).values())
    assert "not a regular file" in alone.refused[0].reason


def test_folder_without_rights_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = scan([tmp_path])
    assert found.files == 3
    assert _reasons(found.refused) == {"closed": "it cannot be read: Permission denied"}


def test_path_that_is_not_there() -> None:
    with pytest.raises(InputError):
        scan([Path("nowhere")])


def test_walking_folders_can_be_cancelled(tmp_path: Path) -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        scan([tmp_path], context)


def _disc(tmp_path: Path) -> Path:
    """Write a disc: images in folders of capital names, and the DICOMDIR that names them."""
    write_series(tmp_path / "pet", STORED, affine_of())
    (tmp_path / "disc" / "PET").mkdir(parents=True)
    records = [_record("PATIENT")]
    for n, path in enumerate((tmp_path / "pet").iterdir()):
        path.rename(tmp_path / "disc" / "PET" / f"IM{n}")
        records.append(_record("IMAGE", ["PET", f"IM{n}"]))
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset.DirectoryRecordSequence = records
    dataset.save_as(tmp_path / "disc" / "DICOMDIR", enforce_file_format=True)
    return tmp_path / "disc"


def _record(kind: str, file_id: list[str] | None = None) -> Dataset:
    record = Dataset()
    record.DirectoryRecordType = kind
    if file_id:
        record.ReferencedFileID = file_id
    return record


def test_dicomdir_stands_for_the_files_it_names(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    for paths in ([disc / "DICOMDIR"], [disc]):
        found = scan(paths)
        assert len(found.series[0].instances) == 3
        assert not found.refused


@pytest.mark.parametrize("change", ["lower case", "version"])
def test_dicomdir_finds_names_as_discs_write_them(tmp_path: Path, change: str) -> None:
    disc = _disc(tmp_path)
    for path in sorted(disc.rglob("*"), reverse=True):
        name = path.name.lower() if change == "lower case" else f"{path.name};1"
        if path.name != "DICOMDIR" and (path.is_file() or change == "lower case"):
            path.rename(path.with_name(name))
    found = scan([disc / "DICOMDIR"])
    assert len(found.series[0].instances) == 3


def test_dicomdir_says_what_is_not_there(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    images = [x for x in disc.rglob("*") if x.is_file() and x.name != "DICOMDIR"]
    images[0].unlink()
    for paths in ([disc / "DICOMDIR"], [disc]):
        reasons = _reasons(scan(paths).refused)
        assert reasons == {"DICOMDIR": "it names 3 files, of which 1 do not lie below it"}


def test_dicomdir_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    dataset = dcmread(disc / "DICOMDIR")
    for record in dataset.DirectoryRecordSequence:
        if "ReferencedFileID" in record:
            set_raw(record, "ReferencedFileID", "..\\pet\\0000.dcm", "CS")
    dataset.save_as(disc / "DICOMDIR")
    found = scan([disc / "DICOMDIR"])
    assert not found.series
    assert "3 do not lie below it" in found.refused[0].reason


def test_damaged_dicomdir_is_refused(tmp_path: Path) -> None:
    disc = _disc(tmp_path)
    data = (disc / "DICOMDIR").read_bytes()
    (disc / "DICOMDIR").write_bytes(data[:600])
    found = scan([disc])
    assert len(found.series[0].instances) == 3


def test_archives_are_named(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(next((tmp_path / "pet").iterdir()), "../../outside.dcm")
    (tmp_path / "study.tgz").write_bytes(b"\x1f\x8b\x08" + bytes(200))
    (tmp_path / "note.txt").write_text("a note")
    found = scan([tmp_path])
    assert found.files == 6
    reasons = _reasons(found.refused)
    assert reasons["study.zip"].startswith("it is a zip archive: unpack it")
    assert reasons["study.tgz"].startswith("it is a gzip archive: unpack it")
    assert reasons["note.txt"] == "it is not a DICOM file"
    assert not (tmp_path.parent / "outside.dcm").exists()


def test_hidden_folders_are_passed_over_unless_they_are_named(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / ".uptake-writing-1", STORED, affine_of())
    assert len(scan([tmp_path]).series) == 1
    assert len(scan([tmp_path / ".uptake-writing-1"]).series) == 1
