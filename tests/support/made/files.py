"""Files of a made study: a data set each, how it is encoded, and edits of the bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import nibabel as nib
import numpy as np
import numpy.typing as npt
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import UID

from tests.support.made.recipe import Made

#: Transfer syntax of every encoding, and how a plane is compressed.
SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big": "1.2.840.10008.1.2.2",
    "rle": "1.2.840.10008.1.2.5",
    "ljpeg": "1.2.840.10008.1.2.4.70",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "j2k": "1.2.840.10008.1.2.4.90",
    "htj2k": "1.2.840.10008.1.2.4.201",
    # Without preamble and meta, as old software writes.
    "bare": "1.2.840.10008.1.2",
    "bare explicit": "1.2.840.10008.1.2.1",
}
COMPRESSED = ("rle", "ljpeg", "jpegls", "j2k", "htj2k")


@dataclass
class File:
    """One DICOM file before it is written; faults change it in place.

    ``said_syntax`` is what the meta says where it is not the encoding; ``edits`` change the bytes
    in the end; ``bare`` leaves preamble and meta away.
    """

    name: str
    dataset: Dataset
    encoding: str = "explicit"
    said_syntax: str = ""
    edits: list[Callable[[bytes], bytes]] = field(default_factory=list)
    #: Compressed frames that take the place of what the encoder would make.
    frames: list[bytes] | None = None

    def data(self) -> bytes:
        """Return the bytes of the file."""
        found = _encoded(self)
        for edit in self.edits:
            found = edit(found)
        return found


@dataclass
class MadeStudy:
    """A study before it is written.

    ``truth_known`` is taken away by faults after which no value can be known.
    """

    made: Made
    pet: list[File]
    ct: list[File] = field(default_factory=list)
    more: list[File] = field(default_factory=list)
    mask: npt.NDArray[np.uint8] | None = None
    mask_file: File | None = None

    def hot(self) -> int:
        """Return the number of the slice that holds the hottest voxel."""
        box = self.made.recipe.box[0]
        return int(box.start + (box.stop - box.start) // 2)

    def write(self, folder: Path) -> Path:
        """Write everything below a folder and return the path of the outlines."""
        place = folder / "study"
        place.mkdir(parents=True)
        for file in [*self.pet, *self.ct, *self.more]:
            path = place / file.name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file.data())
        if self.mask_file is not None:
            (folder / self.mask_file.name).write_bytes(self.mask_file.data())
            return folder / self.mask_file.name
        write_labels(folder / "m.nii.gz", self.made.mask, self.made.recipe.affine_lps_mm)
        return folder / "m.nii.gz"


def write_labels(
    path: Path, labels_kji: npt.NDArray[np.uint8], affine_lps_mm: npt.NDArray[np.float64]
) -> None:
    """Write a labelmap as NIfTI: axes i, j, k and RAS."""
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine_lps_mm[:, [2, 1, 0, 3]]
    nib.save(nib.Nifti1Image(labels_kji.transpose(2, 1, 0), affine), path)


def set_raw(dataset: Dataset, keyword: str, vr: str, text: str) -> None:
    """Set a text element to what pydicom would refuse to write."""
    data = text.encode("latin-1")
    data += b" " * (len(data) % 2)
    tag = Tag(keyword)
    dataset[tag] = RawDataElement(tag, vr, len(data), data, 0, False, True)


def every_dataset(files: list[File]) -> Iterator[Dataset]:
    """Iterate over the data sets of files."""
    return (x.dataset for x in files)


def tracer_of(dataset: Dataset) -> Dataset:
    """Return the item on the radiopharmaceutical."""
    item: Dataset = dataset.RadiopharmaceuticalInformationSequence[0]
    return item


def _encoded(file: File) -> bytes:
    dataset, encoding = file.dataset, file.encoding
    bare = encoding.startswith("bare")
    syntax = UID(SYNTAXES[encoding])
    little = encoding != "big"
    changed = Dataset()
    changed.update(dataset)
    if encoding in COMPRESSED:
        _compress(changed, encoding, file.frames)
    elif encoding == "big" and "PixelData" in changed and changed.BitsAllocated == 16:
        changed.PixelData = np.frombuffer(changed.PixelData, "<u2").astype(">u2").tobytes()
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = little, syntax == UID(SYNTAXES["implicit"])
    _write(out, changed, dataset)
    body = out.getvalue()
    if encoding == "deflated":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
        body += b"\0" * (len(body) % 2)
    if bare:
        return body
    return _meta(dataset, file.said_syntax or str(syntax)) + body


def _write(out: DicomBytesIO, changed: Dataset, dataset: Dataset) -> None:
    """Write the data set as it is, legal or not."""
    if "PixelData" in changed:
        changed["PixelData"].VR = "OW" if changed.get("BitsAllocated", 16) > 8 else "OB"
        if changed["PixelData"].is_undefined_length:
            changed["PixelData"].VR = "OB"
    charset: Any = dataset.get("SpecificCharacterSet", "ISO_IR 6")
    write_dataset(out, changed, _python_charset(charset))


def _python_charset(charset: Any) -> list[str]:
    from pydicom.charset import convert_encodings

    found: list[str] = convert_encodings(charset)
    return found


def _meta(dataset: Dataset, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "1.2.3")
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2.3")
    meta.TransferSyntaxUID = UID(syntax)
    out = DicomBytesIO()
    out.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(out, meta, enforce_standard=True)
    return out.getvalue()


def _compress(dataset: Dataset, encoding: str, frames: list[bytes] | None) -> None:
    if frames is None:
        kind = "<i2" if dataset.PixelRepresentation else "<u2"
        count = int(dataset.get("NumberOfFrames", 1) or 1)
        planes = np.frombuffer(dataset.PixelData, kind).reshape(count, dataset.Rows, -1)
        frames = [compressed(x, encoding) for x in planes]
    del dataset["PixelData"]
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True


def compressed(plane: npt.NDArray[Any], encoding: str) -> bytes:
    """Return one plane of 16 bits as a compressed stream."""
    unsigned = np.ascontiguousarray(plane).view(np.uint16)
    if encoding == "rle":
        return _rle(unsigned)
    if encoding == "jpegls":
        return bytes(imagecodecs.jpegls_encode(unsigned))
    if encoding == "ljpeg":
        return bytes(imagecodecs.ljpeg_encode(unsigned, bitspersample=16))
    if encoding == "j2k":
        return bytes(imagecodecs.jpeg2k_encode(plane, codecformat="j2k", level=0, reversible=True))
    return bytes(imagecodecs.htj2k_encode(plane, reversible=True))


def _rle(plane: npt.NDArray[np.uint16]) -> bytes:
    """RLE by DICOM PS3.5 annex G: a segment of the high bytes, one of the low, rows apart."""
    segments = []
    for part in (plane >> 8, plane & 255):
        rows = b"".join(bytes(imagecodecs.packbits_encode(r.astype(np.uint8))) for r in part)
        segments.append(rows + b"\0" * (len(rows) % 2))
    starts = [64, 64 + len(segments[0])]
    head = np.zeros(16, "<u4")
    head[:3] = 2, *starts
    return head.tobytes() + b"".join(segments)
