"""Words of strangers on every terminal: none is obeyed, none ends a command, JSON is UTF-8."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.cli import main
from app.core.kit.text import json_text, printable, visible, whole
from tests.support.dicom_files import affine_of, phantom, write_series
from tests.support.places import ROOT

TERMINALS = ("ascii", "cp1252", "utf-8", "utf-16")
#: Names in many scripts, with what terminals obey.
NAMES = {
    "scripts": "Ganzkörper 全身 Все тело كله ทั้ง 𝔘😀 é",
    "escapes": "PET \x1b[2J\x1b]0;owned\x07 \x1b[31mred",
    "c1": "PET \x9b2J \x85 \x90x\x9c",
    "bidi": "PET \u202egpj.exe\u2066 \u200f \u2028 \ufeff",
    "lines": "PET\r\nuptake: All is well.\x0b\x0c",
}
ODD_PATHS = (b"caf\xe9", "Müller 全身".encode(), b"a\x1b[31mb", b"-dash", b"new\nline", b"\xff\xfe")


@dataclass(frozen=True)
class Said:
    """What a command ended with and wrote."""

    code: int
    out: bytes
    err: bytes


def uptake(encoding: str, *arguments: object) -> Said:
    """Run a command in this process, on a terminal that takes one encoding and is strict."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        contextlib.redirect_stdout(io.TextIOWrapper(out, encoding, "strict")),
        contextlib.redirect_stderr(io.TextIOWrapper(err, encoding, "strict")),
    ):
        code = main([str(x) for x in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        return Said(code, out.getvalue(), err.getvalue())


def write_pet(folder: Path, description: str) -> Path:
    shape = (6, 16, 16)
    stored = phantom(shape) + np.arange(6, dtype=np.int16)[:, None, None]
    write_series(folder, stored, affine_of())
    for path in folder.glob("*.dcm"):
        dataset = dcmread(path)
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SeriesDescription = description
        dataset.PatientName = description
        dataset.save_as(path)
    return folder


def obeyed(data: bytes) -> str:
    """Find what a terminal would obey, besides the ends of lines."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    found = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    return "".join(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("terminal", TERMINALS)
@pytest.mark.parametrize("name", NAMES)
def test_info_says_every_name_on_every_terminal(tmp_path: Path, name: str, terminal: str) -> None:
    folder = write_pet(tmp_path / "pet", NAMES[name])
    said = uptake(terminal, "info", folder)
    assert said.code == 0, said.err
    if terminal != "utf-16":
        assert obeyed(said.out) == ""
        assert said.out.startswith(b"PET AC")
        assert len(said.out.splitlines()) == 3
    machine = uptake(terminal, "info", folder, "--json")
    assert machine.code == 0, machine.err
    assert obeyed(machine.out) == ""
    told = json.loads(machine.out.decode("utf-8"))["series"][0]["description"]
    assert unicodedata.normalize("NFC", told).split()[0] == NAMES[name].split()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
@pytest.mark.parametrize("terminal", TERMINALS)
@pytest.mark.parametrize("name", ODD_PATHS)
def test_a_path_of_any_bytes_is_read_and_said(tmp_path: Path, name: bytes, terminal: str) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    folder.mkdir()
    (folder / "note.dcm").write_text("no image", encoding="utf-8")
    machine = uptake(terminal, "info", folder, "--json")
    assert machine.code == 1, "nothing there can be used"
    document = json.loads(machine.out.decode("utf-8"))
    assert document["refused"][0]["file"].endswith("note.dcm")
    assert obeyed(machine.out) == ""
    for path in (folder, folder / "absent"):
        for arguments in (("info", path), ("mu-map", path, "--out", folder / "out")):
            said = uptake(terminal, *arguments)
            assert said.code in (0, 1)
            if terminal != "utf-16":
                assert obeyed(said.out) == obeyed(said.err) == ""


def write_ct(folder: Path) -> Path:
    """Write a PET with a CT."""
    shape = (6, 16, 16)
    ct = np.full(shape, 40, np.int16) + np.arange(6, dtype=np.int16)[:, None, None]
    write_series(folder / "ct", ct, affine_of(), "CT", KVP="120")
    write_series(folder / "pet", phantom(shape), affine_of())
    return folder


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "cp1252:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_real_process_writes_into_a_folder_of_any_name(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    name = b"caf\xe9" if sys.platform == "linux" else b"out"
    out = os.fsencode(write_ct(tmp_path / "study")) + b"/" + name
    study = str(tmp_path / "study")
    command: list[str | bytes] = [
        sys.executable,
        "-m",
        "app",
        "mu-map",
        study,
        "--out",
        out,
        "--json",
    ]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, check=False, env={**os.environ, **environment}
    )
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout.decode("utf-8"))
    for name in document["files"]:
        assert (Path(os.fsdecode(out)) / name).is_file()


@pytest.mark.parametrize("text", [*NAMES.values(), "half \ud800 \udce9", "tag \U000e0041"])
def test_a_line_holds_nothing_that_is_obeyed_and_can_be_encoded(text: str) -> None:
    line = visible(text)
    assert obeyed(line.encode()) == ""
    assert "\n" not in line
    assert json.loads(json_text({text: [text]}).encode()) == {whole(text): [whole(text)]}
    assert obeyed(json_text({text: text}, indent=None).encode()) == ""
    assert obeyed(printable(text).encode()).strip("\u200e\u200f\u2028\u202e\u2066") == ""


def test_words_stay_as_they_are_written() -> None:
    for text in ("Ganzkörper 全身 كله 😀", "a\\x1b b", "“quoted” – dash"):
        assert visible(text) == text
        assert whole(text) == text
        assert json.loads(json_text(text)) == text
    assert visible("a\x1bb\x9b\u202e") == "a\\x1bb\\x9b\\u202e"
    assert whole("caf\udce9 \ud800") == "caf\\xe9 \\ud800"
