"""One Series Instance UID that holds several things: split by what the images are, and said.

A series is taken apart by what makes its images no one volume: patient, modality, kind of object,
pictures and projections, attenuation correction, units, decay correction, static or dynamic; then
by plane and size; and, only where images lie at one place, by reconstruction. What an image leaves
unsaid makes it no other: it goes with those that it fits between.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from app.core.space.series_uid import part_uid
from app.core.study.person_name import comparable_name
from app.io.dicom.header import Instance
from app.io.dicom.scan import ScannedSeries, header_of
from app.io.dicom.stated import Stated
from app.io.series.agreement import agreed
from app.io.series.roles import corrected_or_unknown, view_of

#: Modalities whose images make volumes that are measured or fused.
_MEASURED = ("PT", "CT")
#: Cosines nearer than this are one plane: a tilt of five degrees.
_SAME_PLANE_COSINE = 0.996
#: A series of so few images may be scouts from two sides: planes are not told apart.
_FEW_IMAGES = 3
#: Images nearer than this (mm) along the normal lie at one place.
_SAME_PLACE_MM = 0.01


class Kind(NamedTuple):
    """What makes images no one volume; an empty text is compatible with any."""

    patient_id: str = ""
    name: str = ""
    birth_date: str = ""
    modality: str = ""
    sop_class: str = ""
    attenuation: str = ""
    units: str = ""
    suv_type: str = ""
    decay: str = ""
    series_type: str = ""
    #: ``none`` for slices: a projection is never laid between them.
    view: str = "none"


@dataclass(frozen=True)
class _Part:
    """Images that belong together."""

    kind: Kind
    images: list[Instance]
    #: Whether it was told apart by plane and size, or by reconstruction.
    told_by: str = ""


def kind_of(stated: Stated) -> Kind:
    """Return what an image is by its header."""
    modality = stated.modality.upper()
    attenuation, units, suv_type, decay, series_type = "", "", "", "", ""
    if modality == "PT":
        corrected = corrected_or_unknown(stated)
        attenuation = "" if corrected is None else "AC" if corrected else "NAC"
        units, suv_type = stated.units.upper(), stated.suv_type.upper()
        # Enhanced objects state the time that they are decayed to instead, or that they are not.
        own = "NONE" if stated.decay_corrected.upper() == "NO" else stated.decay_reference
        decay = stated.decay.upper() or own
        series_type = next(iter(stated.words(stated.series_type)), "")
    return Kind(
        "".join(stated.patient_id.split()).casefold(),
        comparable_name(stated.patient_name),
        stated.birth_date,
        modality,
        stated.sop_class,
        attenuation,
        units,
        suv_type,
        decay,
        series_type,
        view_of(stated) or "none",
    )


def split_series(scanned: ScannedSeries) -> list[ScannedSeries]:
    """Return a series as found, or the several that it holds: the largest first.

    The first keeps the DICOM UID, the others have one of their own for the program
    (`app.core.space.series_uid.part_uid`). Each says in its notes what was told apart from it.
    """
    if _is_simple(scanned.instances):
        return [scanned]
    parts = [
        final
        for part in _joined(_by_kind(scanned.instances))
        for plane in _by_plane(part)
        for final in _by_reconstruction(plane)
    ]
    if len(parts) == 1:
        return [spoken_for(scanned, scanned.uid, parts[0].images, ())]
    parts.sort(key=_before)
    return [
        spoken_for(scanned, part_uid(scanned.uid, n), part.images, (_left_out(part, parts),))
        for n, part in enumerate(parts)
    ]


def _before(part: _Part) -> tuple[object, ...]:
    """Order parts: a PET to measure, then the largest; never by the order of their files."""
    kind, first = part.kind, min(part.images, key=lambda x: x.number).stated
    measured = kind.modality == "PT" and kind.view == "none" and kind.attenuation != "NAC"
    pixels = sum(x.pixels is not None for x in part.images)
    return not measured, -pixels, kind, first.image_type, first.reconstruction, first.kernel, first


def _is_simple(images: Sequence[Instance]) -> bool:
    """Whether all images state the same and lie in the same plane: nearly every series."""
    first = images[0]
    return all(
        x.stated == first.stated and x.orientation == first.orientation and _size(x) == _size(first)
        for x in images
    )


def _size(image: Instance) -> tuple[int, int, int] | None:
    layout = image.pixels
    return None if layout is None else (layout.rows, layout.columns, layout.samples)


def _by_kind(images: Sequence[Instance]) -> list[_Part]:
    known: dict[Stated, Kind] = {}
    found: dict[Kind, list[Instance]] = defaultdict(list)
    for x in images:
        kind = known.get(x.stated)
        if kind is None:
            kind = known[x.stated] = kind_of(x.stated)
        coloured = x.pixels is not None and x.pixels.samples != 1
        if coloured and kind.view == "none" and kind.modality in _MEASURED:
            kind = kind._replace(view="picture")
        found[kind].append(x)
    return [_Part(kind, group) for kind, group in found.items()]


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    """Put images that leave something unsaid with those that they fit between."""
    kept: list[_Part] = []
    for part in sorted(parts, key=lambda p: (-len(p.images), p.kind)):
        for n, larger in enumerate(kept):
            if _fits(part.kind, larger.kind) and not _share_places(part, larger):
                kind = Kind(*(a or b for a, b in zip(larger.kind, part.kind, strict=True)))
                kept[n] = _Part(kind, [*larger.images, *part.images])
                break
        else:
            kept.append(part)
    return kept


def _fits(a: Kind, b: Kind) -> bool:
    return all(x == y or not x or not y for x, y in zip(a, b, strict=True))


def _share_places(a: _Part, b: _Part) -> bool:
    return bool(_places(a.images).keys() & _places(b.images).keys())


def _places(images: Sequence[Instance]) -> dict[int, list[Instance]]:
    """Return images with a place by their place along the normal of the first."""
    placed = [x for x in images if x.position_lps_mm and x.orientation]
    found: dict[int, list[Instance]] = defaultdict(list)
    if placed:
        cosines = placed[0].orientation or ()
        normal = np.cross(cosines[:3], cosines[3:6])
        for x in placed:
            along = float(np.dot(x.position_lps_mm or (), normal))
            found[round(along / _SAME_PLACE_MM)].append(x)
    return found


def _by_plane(part: _Part) -> list[_Part]:
    """Tell images of another plane or size apart, where there is a volume beside them."""
    if part.kind.modality not in _MEASURED or part.kind.view != "none":
        return [part]
    places = [(_size(x), x.orientation) for x in part.images]
    (size, plane), most = Counter(places).most_common(1)[0]
    if most <= _FEW_IMAGES or plane is None:
        return [part]
    main, rest = list[Instance](), defaultdict[Hashable, list[Instance]](list)
    for x, (own, cosines) in zip(part.images, places, strict=True):
        if own is None or cosines is None or (own == size and _same_plane(plane, cosines)):
            main.append(x)
        else:
            rest[own, cosines].append(x)
    return [_Part(part.kind, main), *(_Part(part.kind, group, "plane") for group in rest.values())]


def _same_plane(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(float(np.dot(a[n : n + 3], b[n : n + 3])) > _SAME_PLANE_COSINE for n in (0, 3))


_RECONSTRUCTIONS: tuple[Callable[[Instance], str], ...] = (
    lambda x: x.stated.image_type,
    lambda x: f"{x.stated.reconstruction}\\{x.stated.kernel}",
    lambda x: x.stated.description,
    lambda x: x.stated.series_number,
)


def _by_reconstruction(part: _Part) -> list[_Part]:
    """Tell reconstructions of one scan apart: images at one place that were taken at one time."""
    doubled = _doubled(part.images)
    if part.kind.modality not in _MEASURED or not doubled:
        return [part]
    for told_by in _RECONSTRUCTIONS:
        groups: dict[str, list[Instance]] = defaultdict(list)
        for x in part.images:
            groups[told_by(x)].append(x)
        left = sum(_doubled(group) for group in groups.values())
        if len(groups) > 1 and left <= doubled / 2 and _at_one_time(part.images):
            split = [_Part(part.kind, group, "reconstruction") for group in groups.values()]
            return [final for x in split for final in _by_reconstruction(x)]
    return [part]


def _doubled(images: Sequence[Instance]) -> int:
    """Return how many images lie where another one lies."""
    places = _places(images)
    return sum(len(x) for x in places.values()) - len(places)


def _at_one_time(images: Sequence[Instance]) -> bool:
    """Whether the images at each place are of one time frame and gate, as far as is stated."""
    for group in _places(images).values():
        phases = [(x.phase.position, x.phase.percent, x.phase.gate) for x in group]
        times = {x.acquisition for x in group if x.acquisition}
        if len(times) > 1 or len(set(phases)) > 1:
            return False
    return True


def spoken_for(
    scanned: ScannedSeries, uid: str, images: list[Instance], notes: Sequence[str]
) -> ScannedSeries:
    """Return images as a series, with the header that speaks for most of them.

    Parameters
    ----------
    scanned
        Whose header is that of its first image.
    uid
        Of the new series.
    images
        All of one kind.
    notes
        What is to be said of it besides.
    """

    def said(x: Instance) -> Hashable:
        return kind_of(x.stated), x.stated.study_uid, x.stated.frame_uid

    alike, doubts = images, tuple[str, ...]()
    if images[0].stated.modality == "PT" and not view_of(images[0].stated):
        alike, doubts = agreed(images)
    most, _ = Counter(map(said, alike)).most_common(1)[0]
    alike = [x for x in alike if said(x) == most]
    own = any(x is scanned.instances[0] for x in alike)
    header = scanned.header if own else _header_of(alike)
    frames = len({x.stated.frame_uid for x in images})
    framed = (frames_note(frames),) if frames > 1 else ()
    notes = tuple(dict.fromkeys((*notes, *framed)))
    return ScannedSeries(uid, header, images, notes, doubts)


def _header_of(images: Sequence[Instance]) -> Dataset:
    """Read the header of the first of some images that can be read whole."""
    read = (header_of(x.path) for x in images)
    return next((header for header in read if header), Dataset())


def frames_note(frames: int) -> str:
    """Say that the images of one volume state several frames of reference."""
    return (
        f"The images of this series state {frames} frames of reference; they are laid into one "
        "volume by their positions."
    )


def _left_out(part: _Part, parts: Sequence[_Part]) -> str:
    """Say what else the series holds, and that it is not read with these images."""
    total = sum(len(p.images) for p in parts)
    others = total - len(part.images)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for other in parts:
        if other is not part:
            counts[_difference(part, other)] += len(other.images)
    noun = "images" if all(x.pixels for p in parts for x in p.images) else "objects"
    verb = "is" if others == 1 else "are"
    if len(counts) == 1:
        ((one, many),) = counts
        what = f"{verb} {one if others == 1 else many}: left out here and listed apart."
        return f"{others} of {total} {noun} of this series {what}"
    listing = ", ".join(f"{n} {one if n == 1 else many}" for (one, many), n in counts.items())
    return (
        f"{others} of {total} {noun} of this series {verb} left out here and listed apart: "
        f"{listing}."
    )


_VIEWS = {
    "picture": ("a picture of a screen", "pictures of a screen"),
    "projection": ("a projection", "projections"),
    "localizer": ("a localizer", "localizers"),
    "none": ("a slice", "slices"),
}
_MODALITIES = {"PT": "PET", "CT": "CT", "MR": "MR", "NM": "NM"}
_OBJECTS = {"RTSTRUCT": "RTSTRUCT", "SEG": "SEG"}


def _difference(part: _Part, other: _Part) -> tuple[str, str]:
    """Return what the other's images are and these are not, of one and of several."""
    a, b = part.kind, other.kind
    if not _fits(Kind(*a[:3]), Kind(*b[:3])):
        return ("of another patient",) * 2
    if a.view != b.view and b.view != "none":
        return _VIEWS[b.view]
    if a.modality != b.modality:
        name = _MODALITIES.get(b.modality, "")
        if b.modality in _OBJECTS:
            return f"an object of kind {b.modality}", f"objects of kind {b.modality}"
        return (f"of {name}",) * 2 if name else ("of another modality",) * 2
    if a.view != b.view:
        return _VIEWS[b.view]
    if a.attenuation != b.attenuation:
        said = {"NAC": "not attenuation corrected", "AC": "attenuation corrected"}
        return (said.get(b.attenuation, "silent on attenuation correction"),) * 2
    for field, words in (
        ("units", "in another unit"),
        ("suv_type", "of another SUV type"),
        ("decay", "decay corrected otherwise"),
        ("series_type", "of another kind of scan (static, dynamic, gated or whole body)"),
        ("sop_class", "stored as another kind of object"),
    ):
        if getattr(a, field) != getattr(b, field):
            return (words,) * 2
    if "plane" in (part.told_by, other.told_by):
        return ("of another plane or size",) * 2
    return ("of another reconstruction",) * 2
