"""Kind 4: where the slices lie, and how large the grid would be."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from tests.support.faults.fault import RIGHT, SAID, Apply, Fault, each, slices
from tests.support.made.files import File, MadeStudy
from tests.support.made.series import set_pixels

_PLACE = r"position|place|left out|apart|spaced|missing|slice|orientation"
_OUT = r"left out|refused|missing|far|apart"


def _moved(where: str, by: tuple[float, float, float], *, to: bool = False) -> Apply:
    def change(dataset: Dataset) -> None:
        at = (0.0, 0.0, 0.0) if to else dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [a + b for a, b in zip(at, by, strict=True)]

    return each(where, change)


def _jitter(keyword: str, size: float) -> Apply:
    """Shake an element of every second slice by a little."""

    def change(dataset: Dataset) -> None:
        values = [float(x) for x in getattr(dataset, keyword)]
        if keyword == "ImageOrientationPatient":
            values[1], values[3] = size, -size
        else:
            values[0] += size
        setattr(dataset, keyword, values)

    return each("half", change)


def _turned_plane(dataset: Dataset) -> None:
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]


def _again(change: Callable[[Dataset], None], prefix: str = "z_") -> Apply:
    """Add a whole second acquisition, half an hour later and half as hot."""

    def apply(study: MadeStudy) -> None:
        for file in study.pet:
            dataset = copy.deepcopy(file.dataset)
            dataset.SOPInstanceUID = generate_uid(entropy_srcs=[prefix, file.name, "again"])
            dataset.AcquisitionNumber, dataset.AcquisitionTime = 2, "113000"
            values = np.frombuffer(dataset.PixelData, "<i2") // 2
            dataset.PixelData = values.astype("<i2").tobytes()
            change(dataset)
            study.more.append(File(prefix + file.name, dataset, file.encoding))

    return apply


def _shifted(mm: float) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, float(z) + mm]

    return change


def _coronal(dataset: Dataset) -> None:
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [-64.0, float(dataset.InstanceNumber) * 3.0, 160.0]


def _without(where: str) -> Apply:
    def apply(study: MadeStudy) -> None:
        gone = slices(where)(study)
        study.pet = [x for x in study.pet if x not in gone]

    return apply


def _one_file(change: Callable[[Dataset, MadeStudy], None]) -> Apply:
    """Turn the slices into one multi-frame file without functional groups."""

    def apply(study: MadeStudy) -> None:
        recipe, file = study.made.recipe, study.pet[0]
        file.dataset.NumberOfFrames = recipe.shape_kji[0]
        set_pixels(file.dataset, study.made.stored)
        change(file.dataset, study)
        study.pet = [file]

    return apply


def _spaced(dataset: Dataset, study: MadeStudy) -> None:
    dataset.SpacingBetweenSlices = study.made.recipe.spacing_kji_mm[0]


def _one_frame_fewer(dataset: Dataset, study: MadeStudy) -> None:
    _spaced(dataset, study)
    dataset.NumberOfFrames = study.made.recipe.shape_kji[0] - 1


def _uneven(study: MadeStudy) -> None:
    """Put the upper half at twice the spacing."""
    for k, file in enumerate(study.pet):
        x, y, z = file.dataset.ImagePositionPatient
        file.dataset.ImagePositionPatient = [x, y, float(z) + 3.0 * max(0, k - 12)]


def geometry_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_positions(), *_orientations(), *_acquisitions(), *_frames(), *_sound()]


def _positions() -> list[Fault]:
    kind, found = "geometry", list[Fault]()
    for where in ("hot", "first", "last"):
        for name, mm in (("1e9", 1e9), ("2e4", 2e4), ("500", 500.0), ("zero", None)):
            apply = _moved(where, (0, 0, mm)) if mm else _moved(where, (0, 0, 0), to=True)
            found.append(
                Fault(
                    f"05-far_{name}_{where}",
                    kind,
                    f"one position {name} mm off, {where}",
                    apply,
                    r"left out|refused",
                    always=r"left out|refused",
                )
            )
    absent = each("hot", lambda d: delattr(d, "ImagePositionPatient"))
    return [
        *found,
        Fault("05-position_absent_hot", kind, "one slice without position", absent, _OUT),
        Fault(
            "05-position_absent_all",
            kind,
            "no positions at all",
            each("all", lambda d: delattr(d, "ImagePositionPatient")),
            _PLACE,
        ),
        Fault(
            "05-one_position_for_all",
            kind,
            "one position for all slices",
            _moved("all", (-64.0, -60.0, 100.0), to=True),
            _PLACE,
            reason=_PLACE,
        ),
        Fault(
            "05-one_position_for_two",
            kind,
            "two slices at one place",
            _moved("hot", (-64.0, -60.0, 121.0), to=True),
            _PLACE,
        ),
        Fault("05-gap_hot", kind, "a slice is missing", _without("hot"), r"missing"),
        Fault(
            "05-sideways_hot",
            kind,
            "one slice 30 mm to the side",
            _moved("hot", (30.0, 0.0, 0.0)),
            r"sideways|left out",
        ),
        Fault(
            "05-half_step_hot",
            kind,
            "one slice half a step off",
            _moved("hot", (0.0, 0.0, 1.5)),
            r"spaced|off a regular|interpolated",
        ),
        Fault(
            "05-uneven", kind, "two spacings in one series", _uneven, r"spaced|interpolated|missing"
        ),
    ]


def _orientations() -> list[Fault]:
    kind = "geometry"
    rows = "rows"
    return [
        *(
            Fault(
                f"05-orientation_jitter_{size:g}",
                kind,
                f"orientations differ by {size:g}",
                _jitter("ImageOrientationPatient", size),
                accepted=RIGHT,
                never="left out",
            )
            for size in (0.000499, 0.0005, 0.000501, 0.001)
        ),
        *(
            Fault(
                f"05-spacing_jitter_{size:g}",
                kind,
                f"pixel spacings differ by {size:g} mm",
                _jitter("PixelSpacing", size),
                accepted=RIGHT,
                never="left out",
            )
            for size in (0.0004, 0.0005, 0.001)
        ),
        Fault(
            "05-spacing_other_hot",
            kind,
            "one slice of another pixel spacing",
            each("hot", lambda d: setattr(d, "PixelSpacing", [2.5, 2.0])),
            _OUT,
        ),
        Fault(
            "05-turned_hot", kind, "one slice in another plane", each("hot", _turned_plane), _OUT
        ),
        Fault(
            "05-orientation_zero",
            kind,
            "orientation of zeros",
            each("all", lambda d: setattr(d, "ImageOrientationPatient", [0] * 6)),
            _PLACE,
            reason=r"orientation",
        ),
        Fault(
            "05-orientation_long",
            kind,
            "cosines of length two",
            each("all", lambda d: setattr(d, "ImageOrientationPatient", [2, 0, 0, 0, 2, 0])),
            r"orientation",
        ),
        Fault(
            "05-orientation_skew",
            kind,
            "axes that are not at right angles",
            each("all", lambda d: setattr(d, "ImageOrientationPatient", [1, 0, 0, 0.6, 0.8, 0])),
            r"orientation",
            accepted=SAID | RIGHT,
        ),
        Fault(
            "05-size_other_hot",
            kind,
            f"one slice of other {rows}",
            each("hot", lambda d: set_pixels(d, np.full((12, 32), 500))),
            _OUT,
        ),
    ]


def _acquisitions() -> list[Fault]:
    kind, found = "geometry", list[Fault]()
    word = r"two|(?<!each )acquisitions|time frames|phases|2 (time|images)"
    for mm in (0.0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.4, 1.5):
        for prefix in ("a_", "z_"):
            order = "first" if prefix == "a_" else "last"
            found.append(
                Fault(
                    f"08-two_acquisitions_{mm:g}_{order}",
                    kind,
                    f"two acquisitions {mm:g} mm apart, the later {order}",
                    _again(_shifted(mm), prefix),
                    word if mm < 1 else word + r"|spac|interpol",
                )
            )
    found.append(
        Fault(
            "08-coronal_beside",
            kind,
            "axial and coronal images in one series",
            _again(_coronal),
            _OUT + r"|orientation",
        )
    )
    return found


def _frames() -> list[Fault]:
    kind, word = "geometry", r"frame"
    return [
        Fault(
            "22-h_no_groups_spaced",
            kind,
            "one file of 20 frames with their spacing alone",
            _one_file(_spaced),
            word,
        ),
        Fault(
            "22-j_no_groups",
            kind,
            "one file of 20 frames and no spacing",
            _one_file(lambda d, s: delattr(d, "SliceThickness")),
            word,
        ),
        Fault(
            "22-k_frames_1e8",
            kind,
            "one hundred million frames",
            _one_file(lambda d, s: setattr(d, "NumberOfFrames", 100_000_000)),
            word,
        ),
        Fault(
            "22-l_frames_19_of_20",
            kind,
            "19 frames where 20 lie in the file",
            _one_file(_one_frame_fewer),
            word,
        ),
        Fault(
            "22-m_frames_zero",
            kind,
            "zero frames stated",
            _one_file(lambda d, s: setattr(d, "NumberOfFrames", 0)),
            word,
        ),
    ]


def _sound() -> list[Fault]:
    kind = "geometry"
    rows = (
        ("oblique", {"turned_deg": (10.0, 20.0, 30.0)}),
        ("sagittal", {"turned_deg": (0.0, 90.0, 0.0)}),
        ("coronal", {"turned_deg": (90.0, 0.0, 0.0)}),
        ("sheared", {"shear_mm": 0.7}),
        ("from_head", {"from_head": True}),
        ("feet_first", {"turned_deg": (0.0, 180.0, 0.0)}),
        ("thin", {"spacing_kji_mm": (0.8, 5.0, 4.0)}),
    )
    return [
        Fault(
            f"05-sound_{name}",
            kind,
            f"{name.replace('_', ' ')} slices",
            lambda _: None,
            accepted=RIGHT,
            never=r"left out|missing",
            recipe=recipe,
        )
        for name, recipe in rows
    ]
