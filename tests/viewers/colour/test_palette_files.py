"""Palettes as data: the published ones, a reader's own, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
import pytest

from viewers.colour.palette_files import (
    PaletteError,
    PaletteUse,
    own_colour_maps,
    parse_colour_map,
    read_colour_maps,
)
from viewers.colour.palettes import palette

GOOD = 'title = "Mine"\ncolours = ["#000000", "#ff8000", "#ffffff"]\n'


@pytest.mark.parametrize(
    ("name", "file", "uid"),
    [
        ("hot-iron", "hotiron", "1.2.840.10008.1.5.1"),
        ("pet", "pet", "1.2.840.10008.1.5.2"),
        ("hot-metal-blue", "hotmetalblue", "1.2.840.10008.1.5.3"),
        ("pet-20-step", "pet20step", "1.2.840.10008.1.5.4"),
    ],
)
def test_the_well_known_palettes_are_dicoms_own(name: str, file: str, uid: str) -> None:
    folder = Path(pydicom.data.__file__).parent / "palettes"
    standard = pydicom.dcmread(folder / f"{file}.dcm")
    assert standard.PaletteColorLookupTableUID == uid
    columns = (
        standard.RedPaletteColorLookupTableData,
        standard.GreenPaletteColorLookupTableData,
        standard.BluePaletteColorLookupTableData,
    )
    table = np.stack([np.frombuffer(c, np.uint8) for c in columns], axis=1)
    np.testing.assert_array_equal(palette(name), table)


def test_every_palette_is_whole_and_locked() -> None:
    offered = [x.name for x in own_colour_maps().values() if x.use is PaletteUse.UPTAKE]
    assert offered == [
        "inverse-grey", "grey", "hot-iron", "pet", "hot-metal-blue", "pet-20-step", "viridis",
    ]  # fmt: skip
    for colours in own_colour_maps().values():
        assert colours.table.shape == (256, 3)
        assert not colours.table.flags.writeable
    light = [x.name for x in own_colour_maps().values() if x.light_ground]
    assert light == ["inverse-grey", "blue-orange"]


def test_viridis_rises_in_lightness() -> None:
    luminance = palette("viridis") @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > -0.3).all()  # entries are rounded
    assert (np.diff(luminance[::8]) > 0).all()
    assert tuple(palette("viridis")[0]) == (68, 1, 84)
    assert tuple(palette("viridis")[255]) == (253, 231, 37)


def test_the_difference_map_keeps_its_sides_apart_for_every_colour_vision() -> None:
    """Simulated after Machado 2009 for protanopia and deuteranopia, and as grey."""
    table = palette("blue-orange").astype(float)
    protan = [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0519]]
    deutan = [[0.3673, 0.8606, -0.2279], [0.2801, 0.6726, 0.0473], [-0.0118, 0.0430, 0.9689]]
    for kind in (np.eye(3), np.array(protan), np.array(deutan)):
        seen = table @ kind.T
        # Equally far from 0 on either side: told apart at half and at full scale.
        for below, above in ((64, 191), (0, 255)):
            assert np.linalg.norm(seen[below] - seen[above]) > 100
    grey = table @ np.array([0.2126, 0.7152, 0.0722])
    assert abs(grey[0] - grey[255]) < 20
    assert grey[127:129].max() < 40


def test_steps_and_anchors() -> None:
    plain = parse_colour_map("mine", GOOD).table
    assert [tuple(plain[n]) for n in (0, 255)] == [(0, 0, 0), (255, 255, 255)]
    assert np.abs(plain[127].astype(int) - (254, 127, 0)).max() <= 2
    steps = parse_colour_map("mine", GOOD + "steps = true\n").table
    assert [tuple(x) for x in np.unique(steps, axis=0)] == [
        (0, 0, 0), (255, 128, 0), (255, 255, 255),
    ]  # fmt: skip


def test_a_readers_own_palette_joins_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    known, problems = read_colour_maps(tmp_path)
    assert problems == []
    assert list(known)[-1] == "mine"
    assert known["mine"].title == "Mine"
    assert set(own_colour_maps()) < set(known)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colours = [", "not valid TOML"),
        ('colours = ["#000000", "#ffffff"]', "title is missing"),
        ('title = "x"', "colours is missing"),
        ('title = "x"\ncolours = ["#000000"]', "2 to 256 colours"),
        ('title = "x"\ncolours = ["#000000", "red"]', "'red' is not a colour"),
        ('title = "x"\ncolours = ["#000000", 3]', "'3' is not a colour"),
        (GOOD + "gamma = 2", "the key gamma is unknown"),
        (GOOD + 'use = "fun"', "use must be one of"),
        (GOOD + "steps = 1", "steps must be"),
        (GOOD + 'order = "first"', "order must be"),
    ],
)
def test_a_malformed_file_is_said_and_the_rest_works(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "broken.toml").write_text(text, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    known, problems = read_colour_maps(tmp_path)
    assert "mine" in known
    assert "broken" not in known
    (problem,) = problems
    assert isinstance(problem, PaletteError)
    assert said in problem.sentence
    assert problem.next_step


def test_files_that_are_no_palettes(tmp_path: Path) -> None:
    (tmp_path / "grey.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00title")
    (tmp_path / "large.toml").write_text("#" * 200_000, encoding="utf-8")
    known, problems = read_colour_maps(tmp_path)
    assert known["grey"] is own_colour_maps()["grey"]
    assert len(problems) == 3
    assert read_colour_maps(tmp_path / "nowhere") == (dict(own_colour_maps()), [])
