"""MP4 with AV1: encoded by the AVIF encoder inside Pillow, put into a film's boxes here.

An AVIF sequence is a track of AV1 pictures in the file format of MP4 (ISO/IEC 14496-12), with the
handler of pictures in place of that of a film. A few pictures at a time are encoded to such a
sequence in memory, and their samples written one after another into a film (AV1-ISOBMFF), so that a
long movie takes no more memory than a short one. Boxes are big-endian: size, four letters, content.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

#: Pictures from one that stands alone to the next: so many are held and encoded together.
TOGETHER = 12
#: Of the encoder: 0 to 100, and 0 (slow) to 10.
QUALITY, SPEED = 80, 10
#: Units of time a picture.
_STEP = 1000
_AROUND = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
#: The unit matrix of a header (16.16 and 2.30 fixed point).
_UNIT = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True)
class _Track:
    """AV1 samples of some pictures, and the box that says how to decode them."""

    entry: bytes
    samples: tuple[bytes, ...]


def write_mp4(frames: Iterator[Pixels], place: Path, rate_hz: float) -> None:
    """Write a film.

    Parameters
    ----------
    frames
        uint8 [rows, columns, 3], all of one size.
    place
        The file.
    rate_hz
        Pictures a second.

    Raises
    ------
    OSError
        If the file cannot be written, or the disk is full.
    ValueError
        If there is no picture, or they are of different sizes.
    """
    sizes: list[int] = []
    keys: list[int] = []
    entry, shape = b"", (0, 0)
    with place.open("wb") as file:
        file.write(_box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2av01mp41"))
        begin = file.tell()
        file.write(struct.pack(">I4sQ", 1, b"mdat", 0))  # its size is known at the end
        for group in _groups(frames):
            track = _encoded(group)
            shape = group[0].shape[:2] if not sizes else shape
            entry = entry or track.entry
            if track.entry != entry or any(x.shape[:2] != shape for x in group):
                raise ValueError("the pictures of a movie are of one size")
            keys.append(len(sizes) + 1)
            for sample in track.samples:
                file.write(sample)
                sizes.append(len(sample))
        if not sizes:
            raise ValueError("a movie has a picture")
        end = file.tell()
        file.write(_moov(entry, shape, sizes, keys, begin + 16, round(rate_hz * _STEP)))
        file.seek(begin + 8)
        file.write(struct.pack(">Q", end - begin))


def _groups(frames: Iterator[Pixels]) -> Iterator[list[Pixels]]:
    while group := list(itertools.islice(frames, TOGETHER)):
        yield group


def _encoded(group: Sequence[Pixels]) -> _Track:
    """Encode pictures; the first stands alone, the others follow from it."""
    images = [Image.fromarray(x) for x in group]
    # One alone would become a still picture, which has no track.
    images += images[-1:] if len(images) == 1 else []
    held = io.BytesIO()
    images[0].save(
        held, "AVIF", save_all=True, append_images=images[1:], quality=QUALITY, speed=SPEED,
        duration=_STEP,
    )  # fmt: skip
    data = held.getvalue()
    boxes = dict(_boxes(data, 0, len(data)))
    lengths = struct.unpack_from(f">{len(images)}I", boxes[b"stsz"], 12)
    offset = struct.unpack_from(">I", boxes[b"stco"], 8)[0]
    ends = [offset, *itertools.accumulate(lengths, initial=offset)][1:]
    samples = [data[a:b] for a, b in itertools.pairwise(ends)]
    return _Track(_entry(boxes[b"stsd"]), tuple(samples[: len(group)]))


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the boxes in a range, and of those inside the track's."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        stop = at + size if size else end
        if name in _AROUND:
            yield from _boxes(data, at + 8, stop)
        else:
            yield name, data[at + 8 : stop]
        at = stop


def _entry(stsd: bytes) -> bytes:
    """Return the description of the samples, without what only sequences of pictures have."""
    content = stsd[8 + 8 :]  # version, count; size and name of the first entry
    fixed, inside = content[:78], content[78:]
    kept = [_box(name, x) for name, x in _boxes(inside, 0, len(inside)) if name != b"ccst"]
    return _box(b"av01", fixed, *kept)


def _box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), name) + inside


def _full(name: bytes, flags: int, *content: bytes) -> bytes:
    """Return a box with version 0 and flags."""
    return _box(name, struct.pack(">I", flags), *content)


def _moov(
    entry: bytes, shape: tuple[int, ...], sizes: Sequence[int], keys: Sequence[int], offset: int,
    timescale: int,
) -> bytes:  # fmt: skip
    """Return the box that says where the samples are and when each is shown."""
    rows, columns = shape
    count, length = len(sizes), len(sizes) * _STEP
    table = _box(
        b"stbl",
        _full(b"stsd", 0, struct.pack(">I", 1), entry),
        _full(b"stts", 0, struct.pack(">3I", 1, count, _STEP)),
        _full(b"stss", 0, struct.pack(f">I{len(keys)}I", len(keys), *keys)),
        _full(b"stsc", 0, struct.pack(">4I", 1, 1, count, 1)),
        _full(b"stsz", 0, struct.pack(f">2I{count}I", 0, count, *sizes)),
        _full(b"co64", 0, struct.pack(">IQ", 1, offset)),
    )
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">4I2H", 0, 0, timescale, length, 0x55C4, 0)),
        _full(b"hdlr", 0, struct.pack(">I4s3I", 0, b"vide", 0, 0, 0), b"Uptake\0"),
        _box(
            b"minf",
            _full(b"vmhd", 1, bytes(8)),
            _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1))),
            table,
        ),
    )
    track = _full(
        b"tkhd", 3, struct.pack(">5I", 0, 0, 1, 0, length), bytes(16), _UNIT,
        struct.pack(">2I", columns << 16, rows << 16),
    )  # fmt: skip
    film = _full(
        b"mvhd", 0, struct.pack(">4I", 0, 0, timescale, length),
        struct.pack(">IH", 0x10000, 0x100), bytes(10), _UNIT, bytes(24), struct.pack(">I", 2),
    )  # fmt: skip
    return _box(b"moov", film, _box(b"trak", track, media))
