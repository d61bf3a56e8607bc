"""What every room has: a door plate, few files, tests of its own, and nothing that is passed on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.imports import PACKAGES, graph_of
from tests.support.places import ROOT

#: A room with more files beside its door plate is two rooms; about twelve are good.
MOST_FILES = 14


def folders() -> list[Path]:
    """Return every package of the program."""
    inits = (x for package in PACKAGES for x in (ROOT / package).rglob("__init__.py"))
    return sorted(x.parent for x in inits)


def rooms() -> list[Path]:
    """Return the packages that hold files, not only other packages; `app` holds the start."""
    return [x for x in folders() if x != ROOT / "app" and len(files_of(x)) > 1]


def files_of(room: Path) -> list[Path]:
    """Return the Python files of one folder."""
    return sorted(room.glob("*.py"))


def name_of(room: Path) -> str:
    """Return the room's folder as the repository names it."""
    return room.relative_to(ROOT).as_posix()


def sentences(text: str) -> int:
    """Count the sentences of a docstring: dots inside names end none."""
    return len(re.findall(r"[.!?](?=\s|$)", text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Room.", 1),
        ("Files of `app.io`. Read by ui/, e.g.\nby panes. Start at a.py.", 4),
        ("One: a.b.c,\nand more. Two!\n\nThree?", 3),
    ],
)
def test_how_sentences_are_counted(text: str, count: int) -> None:
    assert sentences(text) == count


def test_every_folder_of_files_is_a_package() -> None:
    holding = {x.parent for package in PACKAGES for x in (ROOT / package).rglob("*.py")}
    assert [name_of(x) for x in sorted(holding) if not (x / "__init__.py").is_file()] == []


def test_a_door_plate_holds_a_docstring_and_no_code() -> None:
    wrong = []
    for folder in folders():
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        allowed = 2 if folder == ROOT / "app" else 1  # the version
        if not ast.get_docstring(tree) or len(tree.body) > allowed:
            wrong.append(name_of(folder))
    assert wrong == []


def test_a_door_plate_says_three_things() -> None:
    """What lives here, who may import it, where to start reading."""
    said = {}
    for room in rooms():
        text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
        said[name_of(room)] = sentences(text or "")
    assert {room: n for room, n in said.items() if n != 3} == {}


def test_no_room_is_crowded() -> None:
    assert {name_of(x): n for x in folders() if (n := len(files_of(x)) - 1) > MOST_FILES} == {}


def test_every_room_has_its_tests_where_it_is_looked_for() -> None:
    tests = ROOT / "tests"
    assert [name_of(x) for x in rooms() if not list((tests / name_of(x)).glob("test_*.py"))] == []


def test_no_tests_stand_where_there_is_no_room() -> None:
    mirrored = {x for name in PACKAGES for x in (ROOT / "tests" / name).rglob("test_*.py")}
    wanted = {ROOT / "tests" / name_of(x) for x in folders()}
    assert [name_of(x) for x in sorted(mirrored) if x.parent not in wanted] == []


def test_nothing_is_imported_from_where_it_is_not_at_home() -> None:
    """No file passes on what it imported: who needs a thing names its home."""
    assert graph_of().borrowed() == []


def test_the_tests_too_name_the_home_of_a_thing() -> None:
    every = graph_of(ROOT, (*PACKAGES, "tests"))
    assert [x for x in every.borrowed() if x.startswith("tests.")] == []


def test_tests_do_not_import_one_another() -> None:
    graph = graph_of(ROOT, (*PACKAGES, "tests"))
    wrong = [
        x
        for x in graph.imports
        if x.imported.startswith("tests.") and not x.imported.startswith("tests.support.")
    ]
    assert wrong == [], "\n".join(map(str, wrong))


def test_a_borrowed_name_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    for name, text in (
        ("__init__", ""),
        ("home", "A: int = 1\nif A:\n    B = 2\ndef c(): ...\nclass D: ..."),
        ("hall", "from house.home import A, B, c, D"),
        (
            "guest",
            "from house.hall import A, D\nfrom house.home import B, c\nfrom house import home",
        ),
    ):
        (tmp_path / "house" / f"{name}.py").write_text(text, encoding="utf-8")
    assert graph_of(tmp_path, ("house",)).borrowed() == [
        "house.guest takes A from house.hall (l.1)",
        "house.guest takes D from house.hall (l.1)",
    ]
