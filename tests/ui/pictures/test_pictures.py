"""Secondary captures are looked at as plain pictures, and never measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.core.kit.errors import InputError
from app.io.pixels.plain_picture import read_picture
from tests.support.dicom_files import affine_of, base, phantom, write_series
from tests.support.ui_study import Desk
from ui.pictures.screens import ScreenController

RED, BLUE = (200, 10, 20), (10, 20, 200)


def picture(description: str, colour: tuple[int, int, int] | None) -> Dataset:
    """Make a picture of 40 x 60 pixels of one colour with a white corner; else of greys."""
    dataset = base("OT", generate_uid(), SeriesDescription=description)
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    dataset.Rows, dataset.Columns = 40, 60
    dataset.PixelRepresentation = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    if colour is None:
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME1"
        dataset.PixelData = np.tile(np.arange(60, dtype=np.uint8), (40, 1)).tobytes()
        return dataset
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration = 0
    pixels = np.full((40, 60, 3), colour, np.uint8)
    pixels[:10, :10] = 255
    dataset.PixelData = pixels.tobytes()
    return dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """PET and CT with two pictures."""
    write_series(tmp_path / "pet", phantom(), affine_of())
    write_series(tmp_path / "ct", phantom() % 1000, affine_of(), "CT")
    picture("Fused MIP", RED).save_as(tmp_path / "s1.dcm", enforce_file_format=True)
    picture("Table", BLUE).save_as(tmp_path / "s2.dcm", enforce_file_format=True)
    return tmp_path


def opened(desk: Desk, folder: Path) -> None:
    desk.session.studies.open_paths([folder])
    desk.qtbot.waitUntil(lambda: desk.session.study is not None, timeout=20000)
    desk.wait_idle()


def test_pictures_are_seen_one_by_one(desk: Desk, folder: Path) -> None:
    assert not desk.window.actions_["pictures"].isEnabled()
    opened(desk, folder)
    desk.trigger("pictures")
    dialog = desk.controller(ScreenController).dialog
    assert dialog is not None
    desk.wait_idle()
    shown = dialog.picture.pixmap().toImage()
    # Undistorted: 60 x 40 fits the width or the height.
    assert shown.width() / shown.height() == pytest.approx(1.5, rel=0.01)
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2) == QColor(*RED)
    assert shown.pixelColor(4, 4) == QColor(255, 255, 255)
    assert dialog.words.text() == "Fused MIP  ·  1 of 2"
    desk.qtbot.mouseClick(dialog.next, Qt.MouseButton.LeftButton)
    desk.wait_idle()
    shown = dialog.picture.pixmap().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2) == QColor(*BLUE)
    assert dialog.words.text() == "Table  ·  2 of 2"
    dialog.resize(400, 300)
    desk.qtbot.waitUntil(lambda: dialog.picture.pixmap().width() <= 400)
    dialog.close()
    assert desk.controller(ScreenController).dialog is None


def test_a_picture_that_is_gone_is_a_sentence(desk: Desk, folder: Path) -> None:
    opened(desk, folder)
    (folder / "s1.dcm").unlink()
    desk.trigger("pictures")
    dialog = desk.controller(ScreenController).dialog
    assert dialog is not None
    desk.wait_idle()
    assert "cannot be read" in dialog.picture.text()
    desk.session.studies.close()
    assert desk.controller(ScreenController).dialog is None
    assert not desk.window.actions_["pictures"].isEnabled()


def test_grey_and_damaged_pictures(tmp_path: Path) -> None:
    path = tmp_path / "grey.dcm"
    picture("Curve", None).save_as(path, enforce_file_format=True)
    pixels = read_picture(path)
    assert pixels.shape == (40, 60, 3)
    # MONOCHROME1: the least value is white.
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, -1].tolist() == [0, 0, 0]
    whole = path.read_bytes()
    for length in (0, 100, 300, len(whole) - 500):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError) as caught:
            read_picture(path)
        assert caught.value.next_step
