"""Pictures and movies on disk: PNG, PNG series, animated GIF and WebP, MP4.

A file has its name only once it is whole: it is written beside its place and moved there. All is
encoded by Pillow (docs/decisions/0003-video-encoder.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.core.kit.errors import ExportError
from app.core.kit.jobs import JobContext
from app.io.write.mp4 import write_mp4
from app.io.write.one_file import write_whole
from app.io.write.staging import disk_error, flush, flush_entries, working_folder

Pixels = npt.NDArray[np.uint8]

#: The share of the bar that goes with the pictures; the rest is moving the file.
DRAWN = 0.97


class MovieFormat(StrEnum):
    """What a movie is written as."""

    MP4 = "mp4"
    GIF = "gif"
    WEBP = "webp"
    PNG = "png"


def write_picture(pixels: Pixels, path: Path) -> tuple[Path, ...]:
    """Write a picture (uint8 [rows, columns, 3]) as PNG.

    Raises
    ------
    ExportError
        If the file cannot be written or the disk is full; an earlier file is then as it was.
    """

    def write(place: Path) -> None:
        Image.fromarray(pixels).save(place, format="PNG")

    return _in_place(path, write)


def write_movie(
    frames: Iterator[Pixels],
    count: int,
    path: Path,
    movie_format: MovieFormat,
    rate_hz: float,
    context: JobContext | None = None,
) -> tuple[Path, ...]:
    """Write a movie from pictures that are drawn as they are needed.

    Parameters
    ----------
    frames
        uint8 [rows, columns, 3], all of one size.
    count
        How many there are, for the progress.
    path
        File to write; for a PNG series, its name without ending becomes that of a new folder.
    movie_format
        What to write.
    rate_hz
        Pictures a second; GIF counts in hundredths of a second.
    context
        For progress and cancel.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    ExportError
        If the files cannot be written, the disk is full, or a folder of that name is there.
    JobCancelled
        If the context was cancelled; nothing is left behind.
    """
    told = _told(frames, count, context or JobContext())
    if movie_format is MovieFormat.PNG:
        return _write_series(told, path.with_suffix(""))
    if movie_format is MovieFormat.MP4:
        return _in_place(path, lambda place: write_mp4(told, place, rate_hz))
    kind = movie_format.value.upper()
    return _in_place(path, lambda place: _write_animation(told, place, kind, rate_hz))


def _told(frames: Iterator[Pixels], count: int, context: JobContext) -> Iterator[Pixels]:
    for n, frame in enumerate(frames):
        context.progress(DRAWN * n / max(1, count), f"{n + 1} / {count}")
        yield frame
    context.progress(DRAWN)


def _write_series(frames: Iterator[Pixels], folder: Path) -> tuple[Path, ...]:
    if folder.exists():
        raise ExportError(
            f"There is already something named {folder.name}.",
            "Choose another name for the folder of pictures.",
        )
    written: list[str] = []
    try:
        with working_folder(folder.parent) as held:
            place = held / folder.name
            place.mkdir()
            for n, frame in enumerate(frames, start=1):
                name = f"{folder.name}-{n:03d}.png"
                Image.fromarray(frame).save(place / name, format="PNG")
                written.append(name)
            flush(place)
            place.rename(folder)
            flush_entries(folder.parent)
    except OSError as error:
        lost = f"{folder.name} was not written"
        raise disk_error(error, folder.parent, lost, folder.name) from error
    return tuple(folder / name for name in written)


def _write_animation(frames: Iterator[Pixels], place: Path, kind: str, rate_hz: float) -> None:
    images = (_indexed(x) if kind == "GIF" else Image.fromarray(x) for x in frames)
    first = next(images)
    options = {"lossless": False, "quality": 90, "method": 2} if kind == "WEBP" else {"optimize": 0}
    with place.open("wb") as file:
        first.save(
            file,
            format=kind,
            save_all=True,
            append_images=images,
            duration=max(20, round(1000 / rate_hz)),
            loop=0,
            **options,
        )


def _indexed(pixels: Pixels) -> Image.Image:
    """Reduce to 256 colours, of which the rare ones (outlines) keep theirs."""
    quantize = Image.Quantize.FASTOCTREE
    return Image.fromarray(pixels).quantize(256, method=quantize, dither=Image.Dither.NONE)


def _in_place(path: Path, write: Callable[[Path], None]) -> tuple[Path, ...]:
    write_whole(path, write)
    return (path,)
