"""Pictures and movies on disk: whole, or not there at all, and what is said then."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from app.core.kit.errors import ExportError, JobCancelled
from app.core.kit.jobs import JobContext
from app.io.write.movies import MovieFormat, write_movie, write_picture
from app.io.write.mp4 import TOGETHER
from tests.support.films import opened

COUNT, ROWS, COLUMNS = 9, 48, 64
RED = (220, 30, 30)


def frames(count: int = COUNT) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield a red square that wanders to the right over a grey ground, never the same twice."""
    for n in range(count):
        picture = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
        picture[16:32, 5 * n : 5 * n + 16] = RED
        yield picture


def read_back(path: Path) -> list[npt.NDArray[np.uint8]]:
    found: list[npt.NDArray[np.uint8]] = []
    with opened(path) if path.suffix == ".mp4" else Image.open(path) as image:
        for n in range(getattr(image, "n_frames", 1)):
            image.seek(n)
            found.append(np.asarray(image.convert("RGB")))
    return found


@pytest.mark.parametrize("kind", [MovieFormat.MP4, MovieFormat.GIF, MovieFormat.WEBP])
def test_every_frame_is_in_the_movie(kind: MovieFormat, tmp_path: Path) -> None:
    path = tmp_path / f"turn.{kind}"
    told: list[float] = []
    context = JobContext(lambda fraction, _message: told.append(fraction))
    assert write_movie(frames(), COUNT, path, kind, 10.0, context) == (path,)
    found = read_back(path)
    assert len(found) == COUNT
    for seen, drawn in zip(found, frames(), strict=True):
        assert seen.shape == drawn.shape
        # Codecs blur edges; inside of the square and far from it the colours are the drawn ones.
        assert np.abs(seen[2:12].astype(int) - 90).mean() < 6
        where = np.flatnonzero((drawn[20] == RED).all(axis=1))[4:-4]
        assert np.abs(seen[20:28, where].astype(int) - RED).mean() < 22
    assert told == sorted(told)
    assert len(told) == COUNT + 1
    assert list(tmp_path.iterdir()) == [path]


def test_rate_of_mp4_and_gif(tmp_path: Path) -> None:
    mp4, gif = tmp_path / "a.mp4", tmp_path / "a.gif"
    write_movie(frames(), COUNT, mp4, MovieFormat.MP4, 12.0)
    with opened(mp4) as film:
        for n in range(COUNT):
            film.seek(n)
            film.load()
            assert film.info["timestamp"] == round(1000 * n / 12.0)
            assert film.info["duration"] == round(1000 / 12.0)
    write_movie(frames(), COUNT, gif, MovieFormat.GIF, 12.0)
    with Image.open(gif) as image:
        # GIF counts in hundredths of a second.
        assert image.info["duration"] == 80
        assert image.info["loop"] == 0


@pytest.mark.parametrize("count", [1, 2, TOGETHER, TOGETHER + 1, 2 * TOGETHER + 5])
@pytest.mark.parametrize("size", [(48, 64), (47, 65)])
def test_a_film_of_any_length_and_size_holds_all_its_pictures(
    tmp_path: Path, count: int, size: tuple[int, int]
) -> None:
    """Pictures are encoded a dozen at a time; the last may be alone."""
    drawn = [np.full((*size, 3), 20 + 8 * n, np.uint8) for n in range(count)]
    write_movie(iter(drawn), count, tmp_path / "a.mp4", MovieFormat.MP4, 10.0)
    found = read_back(tmp_path / "a.mp4")
    assert len(found) == count
    for seen, wanted in zip(found, drawn, strict=True):
        assert seen.shape == wanted.shape
        assert np.abs(seen.astype(int) - wanted).mean() < 3
    data = (tmp_path / "a.mp4").read_bytes()
    # Every box ends where the next one begins, and the last with the file.
    at, names = 0, []
    while at < len(data):
        size_, name = struct.unpack_from(">I4s", data, at)
        at += struct.unpack_from(">Q", data, at + 8)[0] if size_ == 1 else size_
        names.append(name)
    assert at == len(data)
    assert names == [b"ftyp", b"mdat", b"moov"]


def test_pictures_of_two_sizes_are_no_film(tmp_path: Path) -> None:
    drawn = [np.zeros((48, 64, 3), np.uint8)] * TOGETHER + [np.zeros((48, 60, 3), np.uint8)]
    with pytest.raises(ValueError, match="one size"):
        write_movie(iter(drawn), len(drawn), tmp_path / "a.mp4", MovieFormat.MP4, 10.0)
    assert not list(tmp_path.iterdir())


def test_a_series_is_exact_and_has_its_own_folder(tmp_path: Path) -> None:
    files = write_movie(frames(), COUNT, tmp_path / "turn.png", MovieFormat.PNG, 10.0)
    assert [x.name for x in files] == [f"turn-{n:03d}.png" for n in range(1, COUNT + 1)]
    assert sorted((tmp_path / "turn").iterdir()) == list(files)
    for file, drawn in zip(files, frames(), strict=True):
        np.testing.assert_array_equal(read_back(file)[0], drawn)
        with Image.open(file) as image:
            assert not image.info
    with pytest.raises(ExportError, match="already something named turn"):
        write_movie(frames(), COUNT, tmp_path / "turn", MovieFormat.PNG, 10.0)


@pytest.mark.parametrize("kind", list(MovieFormat))
def test_a_cancel_leaves_nothing_behind(kind: MovieFormat, tmp_path: Path) -> None:
    context = JobContext()

    def drawn() -> Iterator[npt.NDArray[np.uint8]]:
        for n, frame in enumerate(frames()):
            if n == 4:
                context.cancel()
            yield frame

    with pytest.raises(JobCancelled):
        write_movie(drawn(), COUNT, tmp_path / f"turn.{kind}", kind, 10.0, context)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", list(MovieFormat))
def test_a_full_disk_is_said_and_an_earlier_file_stays(kind: MovieFormat, tmp_path: Path) -> None:
    path = tmp_path / ("turn" if kind is MovieFormat.PNG else f"turn.{kind}")
    if kind is not MovieFormat.PNG:
        path.write_text("earlier", encoding="utf-8")
    resource = pytest.importorskip("resource")
    noise = np.random.default_rng(0).integers(0, 255, (8, 256, 256, 3), np.uint8)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond this: what a full disk is like, without filling one.
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        with pytest.raises(ExportError, match="The disk is full") as said:
            write_movie(iter(noise), len(noise), path, kind, 10.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert said.value.next_step
    left = [x.name for x in tmp_path.iterdir()]
    assert left == ([] if kind is MovieFormat.PNG else [path.name])
    if kind is not MovieFormat.PNG:
        assert path.read_text(encoding="utf-8") == "earlier"


def test_a_picture_and_why_one_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = next(frames())
    path = tmp_path / "desk.png"
    assert write_picture(drawn, path) == (path,)
    np.testing.assert_array_equal(read_back(path)[0], drawn)
    with pytest.raises(ExportError, match=r"desk\.png could not be written"):
        write_picture(drawn, tmp_path / "not there" / "desk.png")

    def denied(*_args: object, **_named: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("app.io.write.staging.tempfile.mkdtemp", denied)
    with pytest.raises(ExportError, match="cannot be written to"):
        write_picture(drawn, path)
