"""What an image says it is: the texts of its header by which the images of a series differ."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

#: Tags of the fields of `Stated`, in their order.
STATED_TAGS = (
    0x00080060, 0x00080016, 0x00100020, 0x00100010, 0x00100030, 0x0020000D, 0x00200052, 0x00200011,
    0x00080020, 0x00080008, 0x0008103E, 0x00280051, 0x00541101, 0x00541001, 0x00541006, 0x00541102,
    0x00541000, 0x00181210, 0x00541103, 0x00189759, 0x00189758, 0x00189701, 0x00101030, 0x00101020,
    0x00080031, 0x00540016,
)  # fmt: skip


class Stated(NamedTuple):
    """Texts of one header as they stand there, stripped; empty where it states none.

    Equal ones are one object: a series of a thousand images holds few.
    """

    modality: str = ""
    sop_class: str = ""
    patient_id: str = ""
    patient_name: str = ""
    birth_date: str = ""
    study_uid: str = ""
    frame_uid: str = ""
    series_number: str = ""
    study_date: str = ""
    image_type: str = ""
    description: str = ""
    corrected: str = ""
    attenuation: str = ""
    units: str = ""
    suv_type: str = ""
    decay: str = ""
    series_type: str = ""
    kernel: str = ""
    reconstruction: str = ""
    attenuation_corrected: str = ""
    decay_corrected: str = ""
    decay_reference: str = ""
    weight: str = ""
    height: str = ""
    series_time: str = ""
    tracer: str = ""
    """The item of the radiopharmaceutical: raw, or as `tracer_text` of a header that was read."""
    no_attenuation: bool = False
    """Whether GE's private element says that no attenuation correction was made."""
    philips_suv: str = ""
    philips_bqml: str = ""
    """Philips' factors from counts to SUV and to Bq/ml; read of images in counts alone."""

    def words(self, text: str) -> tuple[str, ...]:
        """Return the values of a multi-valued text in capitals."""
        return tuple(w.strip(" \0").upper() for w in text.split("\\")) if text else ()


NOTHING_STATED = Stated()


@lru_cache(maxsize=4096)
def stated_from(
    raw: tuple[bytes, ...], no_attenuation: bool, factors: tuple[str, str] = ("", "")
) -> Stated:
    """Return what is stated by the raw values of `STATED_TAGS`, and by private elements."""
    texts = (x.decode("latin-1").strip(" \0") for x in raw)
    return Stated._make((*texts, no_attenuation, *factors))
