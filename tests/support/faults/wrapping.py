"""Kinds 9 and 11: text in any character set; DICOMDIR, links, archives and odd folders."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from tests.support.faults.fault import REFUSED, RIGHT, Apply, Fault, each
from tests.support.made.files import MadeStudy, set_raw


def _text(charset: str | None, name: bytes) -> Apply:
    """Write names in a character set, whether it is the one stated or not."""

    def change(dataset: Dataset) -> None:
        if charset is None:
            del dataset.SpecificCharacterSet
        else:
            set_raw(dataset, "SpecificCharacterSet", "CS", charset)
        for keyword, vr in (
            ("PatientName", "PN"),
            ("SeriesDescription", "LO"),
            ("PatientID", "LO"),
            ("StudyDescription", "LO"),
        ):
            set_raw(dataset, keyword, vr, name.decode("latin-1"))

    return each("all", change)


def _after_writing(change: Callable[[Path], None]) -> Apply:
    """Change the folder once everything is written."""

    def apply(study: MadeStudy) -> None:
        write = study.write

        def written(folder: Path) -> Path:
            mask = write(folder)
            change(folder)
            return mask

        study.write = written  # type: ignore[method-assign]

    return apply


def _links(folder: Path) -> None:
    (folder / "study").rename(folder / "elsewhere")
    (folder / "study").mkdir()
    for path in sorted((folder / "elsewhere").iterdir()):
        (folder / "study" / path.name).symlink_to(path)


def _linked_folder(folder: Path) -> None:
    (folder / "study").rename(folder / "elsewhere")
    (folder / "study").mkdir()
    (folder / "study" / "link").symlink_to(folder / "elsewhere")


def _loop(folder: Path) -> None:
    (folder / "study" / "loop").symlink_to(folder / "study")


def _broken_link(folder: Path) -> None:
    (folder / "study" / "a_gone.dcm").symlink_to(folder / "gone.dcm")


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "study" / "a_pipe")


def _archive(folder: Path, names: Callable[[str], str] = str) -> None:
    with zipfile.ZipFile(folder / "study.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted((folder / "study").iterdir()):
            file.write(path, names(path.name))


def _escaping(folder: Path) -> None:
    _archive(folder, lambda name: f"../../{name}")


def _bomb(folder: Path) -> None:
    with (
        zipfile.ZipFile(folder / "study.zip", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("zeros.dcm", "w", force_zip64=True) as out,
    ):
        for _ in range(4096):
            out.write(bytes(1 << 20))


def _archive_within(folder: Path) -> None:
    _archive(folder)
    for path in (folder / "study").iterdir():
        path.unlink()
    (folder / "study.zip").rename(folder / "study" / "study.zip")


def _cut_archive(folder: Path) -> None:
    _archive(folder)
    data = (folder / "study.zip").read_bytes()
    (folder / "study.zip").write_bytes(data[: len(data) // 2])


def _directory_file(folder: Path) -> None:
    """Write a DICOMDIR beside images whose names have no ending."""
    from pydicom import dcmread
    from pydicom.fileset import FileSet

    files = FileSet()
    for path in sorted((folder / "study").iterdir()):
        dataset = dcmread(path)
        dataset.StudyID, dataset.AccessionNumber = "1", ""
        files.add(dataset)
    files.write(folder / "disc")
    (folder / "study").rename(folder / "before")
    (folder / "disc").rename(folder / "study")


def _directory_alone(folder: Path) -> None:
    _directory_file(folder)
    for path in (folder / "study").rglob("*"):
        if path.is_file() and path.name != "DICOMDIR":
            path.unlink()


def _other_files(folder: Path) -> None:
    study = folder / "study"
    (study / "a.txt").write_text("notes of the day\n")
    (study / "a.pdf").write_bytes(b"%PDF-1.4" + bytes(2000))
    (study / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(2000))
    (study / "a_empty").write_bytes(b"")
    (study / "Thumbs.db").write_bytes(bytes(512))


def wrapping_faults() -> list[Fault]:
    """Return the faults of both kinds."""
    return [*_texts(), *_folders()]


def _texts() -> list[Fault]:
    kind, found = "text", list[Fault]()
    rows: tuple[tuple[str, str | None, bytes], ...] = (
        ("latin", "ISO_IR 100", "Müller^Jörg".encode("latin-1")),
        ("utf8", "ISO_IR 192", "山田^太郎 Å".encode()),
        ("utf8_damaged", "ISO_IR 192", b"M\xffller^\xc3"),
        ("surrogates", "ISO_IR 192", b"A\xed\xa0\x80B"),
        ("japanese", "\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        ("japanese_cut", "\\ISO 2022 IR 87", b"\x1b$B;3E"),
        (
            "korean",
            "ISO 2022 IR 6\\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce",
        ),
        ("cyrillic", "ISO_IR 144", b"\xbb\xee\xda\xdd"),
        ("unknown_set", "ISO_IR 999", b"M\xfcller"),
        ("no_set", None, b"M\xfcller"),
        ("control", "ISO_IR 100", b"A\x1b[31mred\x07\nB"),
        ("long", "ISO_IR 100", b"N" * 4000),
    )
    for name, charset, text in rows:
        for encoding in ("utf-8", "ascii", "cp1252"):
            found.append(
                Fault(
                    f"20-{name}_on_{encoding}",
                    kind,
                    f"names: {name.replace('_', ' ')}, on {encoding}",
                    _text(charset, text),
                    accepted=RIGHT,
                    encoding=encoding,
                )
            )
            found.append(
                Fault(
                    f"20-{name}_info_on_{encoding}",
                    kind,
                    f"`info` of names: {name.replace('_', ' ')}, on {encoding}",
                    _text(charset, text),
                    accepted=RIGHT,
                    encoding=encoding,
                    command="info",
                    check=lambda told: "" if told.document.get("series") else "no JSON document",
                )
            )
    return found


def _folders() -> list[Fault]:
    kind = "folders"
    archive: dict[str, Any] = {"path": "study.zip"}
    said = r"zip|archive"
    return [
        Fault(
            "21-a_links",
            kind,
            "links to the images",
            _after_writing(_links),
            r"link",
            reason=r"link|folder",
        ),
        Fault(
            "21-b_linked_folder",
            kind,
            "a link to the folder",
            _after_writing(_linked_folder),
            r"link",
            reason=r"link|folder|empty",
        ),
        Fault(
            "21-c_loop", kind, "a link to the folder itself", _after_writing(_loop), accepted=RIGHT
        ),
        Fault(
            "21-d_broken_link",
            kind,
            "a link to nowhere",
            _after_writing(_broken_link),
            accepted=RIGHT,
        ),
        Fault("21-e_pipe", kind, "a pipe among the files", _after_writing(_fifo), accepted=RIGHT),
        Fault(
            "21-f_zip",
            kind,
            "the study as an archive",
            _after_writing(_archive),
            reason=said,
            **archive,
        ),
        Fault(
            "21-g_zip_in_folder",
            kind,
            "an archive in a folder beside nothing",
            _after_writing(_archive_within),
            reason=said,
        ),
        Fault(
            "21-h_zip_escapes",
            kind,
            "an archive that climbs out of its folder",
            _after_writing(_escaping),
            reason=said,
            **archive,
        ),
        Fault(
            "21-i_zip_bomb",
            kind,
            "an archive of 4 GB of zeros",
            _after_writing(_bomb),
            accepted=REFUSED,
            reason=said + "|large|big",
            **archive,
        ),
        Fault(
            "21-j_zip_cut",
            kind,
            "an archive that is cut off",
            _after_writing(_cut_archive),
            accepted=REFUSED,
            **archive,
        ),
        Fault(
            "21-k_dicomdir",
            kind,
            "a disc with a DICOMDIR",
            _after_writing(_directory_file),
            accepted=RIGHT,
        ),
        Fault(
            "21-l_dicomdir_given",
            kind,
            "its DICOMDIR alone is given",
            _after_writing(_directory_file),
            path="study/DICOMDIR",
            reason=r"DICOMDIR",
        ),
        Fault(
            "21-m_dicomdir_alone",
            kind,
            "a DICOMDIR whose files are gone",
            _after_writing(_directory_alone),
            accepted=REFUSED,
            reason=r"DICOMDIR|names 20 files",
        ),
        Fault(
            "21-o_other_files",
            kind,
            "text, pictures and empty files beside",
            _after_writing(_other_files),
            accepted=RIGHT,
        ),
    ]
