"""Kind 3: one series that is several things, several series that are one, studies mixed."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from tests.support.faults.fault import REFUSED, RIGHT, Apply, Fault, each, slices
from tests.support.made.files import File, MadeStudy, tracer_of
from tests.support.made.series import set_pixels
from tests.support.trials.shared_reports import chosen_images
from tests.support.trials.verdict import Told

_LEFT = r"left out|left aside|refused|mixes|several|holds|not (an )?image"
_SC = "1.2.840.10008.5.1.4.1.1.7"


def _added(change: Callable[[Dataset], None], name: str, *, of_ct: bool = False) -> Apply:
    """Add one more file to the series, made of its middle image; ``name`` sorts it."""

    def apply(study: MadeStudy) -> None:
        source = (study.ct if of_ct else study.pet)[study.hot()]
        dataset = copy.deepcopy(source.dataset)
        dataset.SOPInstanceUID = generate_uid(entropy_srcs=[name])
        change(dataset)
        study.more.append(File(name, dataset, source.encoding))

    return apply


def _mip(dataset: Dataset) -> None:
    dataset.ImageType = ["DERIVED", "SECONDARY", "MIP"]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [-64.0, 0.0, 160.0]
    set_pixels(dataset, np.full((40, 32), 20000))
    dataset.InstanceNumber = 999


def _mip_same_size(dataset: Dataset) -> None:
    dataset.ImageType = ["DERIVED", "SECONDARY", "MIP"]
    set_pixels(dataset, np.full((24, 32), 20000))


def _screen(dataset: Dataset) -> None:
    dataset.SOPClassUID = UID(_SC)
    for keyword in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "Units",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(dataset, keyword)
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 60, 80, 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = bytes(60 * 80 * 3)


def _structure_set(dataset: Dataset) -> None:
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    dataset.Modality = "RTSTRUCT"
    del dataset.PixelData, dataset.Rows, dataset.Columns
    dataset.StructureSetROISequence = []


def _localizer(dataset: Dataset) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [-64.0, 0.0, 160.0]
    set_pixels(dataset, np.full((40, 32), 1064))


def _second_set(change: Callable[[Dataset], None], prefix: str) -> Apply:
    """Put a whole second set of changed images under the same series UID."""

    def apply(study: MadeStudy) -> None:
        for file in study.pet:
            dataset = copy.deepcopy(file.dataset)
            dataset.SOPInstanceUID = generate_uid(entropy_srcs=[prefix, file.name])
            change(dataset)
            study.more.append(File(prefix + file.name, dataset, file.encoding))

    return apply


def _nac(number: int) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        dataset.CorrectedImage = ["NORM", "DTIM", "DECY", "RAN"]
        dataset.AttenuationCorrectionMethod = "NONE"
        dataset.InstanceNumber = dataset.InstanceNumber + number
        dataset.PixelData = (np.frombuffer(dataset.PixelData, "<i2") // 4).astype("<i2").tobytes()

    return change


def _gml(number: int) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        dataset.Units, dataset.SUVType = "GML", "BW"
        dataset.RescaleSlope = 0.001
        dataset.InstanceNumber = dataset.InstanceNumber + number

    return change


def _as_ct(number: int) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        dataset.Modality, dataset.SOPClassUID = "CT", UID("1.2.840.10008.5.1.4.1.1.2")
        dataset.RescaleSlope, dataset.RescaleIntercept = 1.0, -1024.0
        del dataset.Units
        dataset.InstanceNumber = dataset.InstanceNumber + number

    return change


def _elsewhere(which: str) -> Apply:
    """Give the CT (or the PET's slices) another identity."""

    def apply(study: MadeStudy) -> None:
        for n, file in enumerate(study.ct):
            if which == "study":
                file.dataset.StudyInstanceUID = generate_uid(entropy_srcs=["other study"])
            elif which == "frame":
                file.dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=["other frame"])
            elif which == "patient":
                file.dataset.PatientID, file.dataset.PatientName = "OTHER-2", "Other^Person"
            elif which == "study and frame":
                file.dataset.StudyInstanceUID = generate_uid(entropy_srcs=["other study"])
                file.dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=["other frame"])
            elif which == "series per slice":
                file.dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["ct", str(n)])
            elif which == "series of pet":
                file.dataset.SeriesInstanceUID = study.pet[0].dataset.SeriesInstanceUID

    return apply


def _ct_is(said: Callable[[int], bool], what: str) -> Callable[[Told], str]:
    def check(told: Told) -> str:
        images = chosen_images(told, "ct")
        return "" if said(images) else f"{what}: a CT of {images} images is chosen"

    return check


def _uid_per_slice(study: MadeStudy) -> None:
    for n, file in enumerate(study.pet):
        file.dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["pt", str(n)])


def _odd_slice(keyword: str, value: object, *, tracer: bool = False, where: str = "hot") -> Apply:
    def change(dataset: Dataset) -> None:
        setattr(tracer_of(dataset) if tracer else dataset, keyword, value)

    return each(where, change)


def _copy_of_hot(study: MadeStudy) -> None:
    """Write the hottest slice once more under its own UID, with other values."""
    source = study.pet[study.hot()]
    dataset = copy.deepcopy(source.dataset)
    dataset.PixelData = bytes(len(dataset.PixelData))
    study.more.append(File("a_copy.dcm", dataset, source.encoding))


def _two_patients(study: MadeStudy) -> None:
    for file in slices("half")(study):
        file.dataset.PatientID, file.dataset.PatientName = "OTHER-2", "Other^Person"


def series_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_extra_images(), *_second_sets(), *_identities(), *_one_slice_differs()]


def _extra_images() -> list[Fault]:
    kind, found = "mixed series", list[Fault]()
    for name, says, change in (
        ("06-a_mip", "a MIP in the PET's series", _mip),
        ("06-b_mip_same_size", "a MIP of the images' own size and place", _mip_same_size),
        ("06-c_screen", "a picture of a screen in the PET's series", _screen),
        ("06-d_rtstruct", "a structure set in the PET's series", _structure_set),
    ):
        for order, prefix in (("first", "a_"), ("last", "z_")):
            found.append(
                Fault(
                    f"{name}_{order}",
                    kind,
                    f"{says}, {order}",
                    _added(change, f"{prefix}x.dcm"),
                    _LEFT,
                    accepted=RIGHT,
                    always=_LEFT,
                )
            )
    for order, prefix in (("first", "a_"), ("last", "z_")):
        found.append(
            Fault(
                f"06-f_ct_localizer_{order}",
                kind,
                f"a localiser in the CT's series, {order}",
                _added(_localizer, f"{prefix}x.dcm", of_ct=True),
                recipe={"with_ct": True},
                command="info",
                check=_ct_is(lambda n: n in (20, 21), "not the 20 axial images"),
                always=r"locali[sz]er|scout|left out|another orientation",
            )
        )
    return found


def _second_sets() -> list[Fault]:
    kind, found = "mixed series", list[Fault]()
    for name, says, change, word in (
        ("07-a_nac", "AC and NAC in one series", _nac, r"attenuation|mixes|NAC|several"),
        ("07-c_gml", "BQML and GML in one series", _gml, r"\bunits?\b|mixes|GML|BQML|several"),
        (
            "07-e_ct",
            "CT and PET in one series",
            _as_ct,
            r"modalit|mixes|several|left out|(?<!no )CT image",
        ),
    ):
        for order, prefix in (("first", "a_"), ("last", "z_")):
            for number in (-100, 100):
                found.append(
                    Fault(
                        f"{name}_{order}_{'lower' if number < 0 else 'higher'}_numbers",
                        kind,
                        f"{says}: the other {order}, {number:+} in number",
                        _second_set(change(number), prefix),
                        word,
                        reason="",
                    )
                )
    return found


def _identities() -> list[Fault]:
    kind, beside = "mixed series", {"with_ct": True}
    offered = r"CT .*(another|other) (study|frame)|(another|other) (study|frame).*CT|frames of ref"
    return [
        Fault(
            "22-a_series_uid_per_slice",
            kind,
            "a series UID of its own for every slice",
            _uid_per_slice,
            r"series|one image",
            reason="",
        ),
        Fault(
            "22-b_ct_series_uid_per_slice",
            kind,
            "the same for the CT",
            _elsewhere("series per slice"),
            r"CT.*(series|image)",
            recipe=beside,
            command="info",
            check=_ct_is(lambda n: n == 20, "20 belong together"),
        ),
        Fault(
            "22-c_ct_in_other_frame",
            kind,
            "CT of another frame of reference",
            _elsewhere("frame"),
            offered,
            recipe=beside,
            command="info",
            always=offered,
            check=_ct_is(lambda n: n in (0, 20), "20 or none"),
        ),
        Fault(
            "22-d_ct_of_other_patient",
            kind,
            "CT of another patient",
            _elsewhere("patient"),
            recipe=beside,
            command="info",
            check=_ct_is(lambda n: n == 0, "never mixed"),
        ),
        Fault(
            "22-e_ct_in_other_study_and_frame",
            kind,
            "CT of another study and frame",
            _elsewhere("study and frame"),
            offered,
            recipe=beside,
            command="info",
            check=_ct_is(lambda n: n == 20, "offered"),
            always=offered,
        ),
        Fault(
            "22-f_ct_in_other_study",
            kind,
            "CT of another study UID",
            _elsewhere("study"),
            offered,
            recipe=beside,
            command="info",
            check=_ct_is(lambda n: n == 20, "offered"),
        ),
        Fault(
            "22-g_ct_under_series_uid_of_pet",
            kind,
            "CT under the PET's series UID",
            _elsewhere("series of pet"),
            _LEFT,
            recipe=beside,
        ),
        Fault(
            "22-i_two_patients_in_a_series",
            kind,
            "slices of two patients in one series",
            _two_patients,
            r"patient",
            reason=r"patient",
        ),
    ]


def _one_slice_differs() -> list[Fault]:
    kind = "mixed series"
    said = r"disagree|differ|left out|mixes|several|not the same|agree"
    rows = (
        ("units", "units", _odd_slice("Units", "GML"), said + r"|units"),
        (
            "units_first",
            "units, first",
            _odd_slice("Units", "GML", where="first"),
            said + r"|units",
        ),
        ("weight", "weight", _odd_slice("PatientWeight", 90.0), said + r"|weight"),
        (
            "weight_first",
            "weight, first",
            _odd_slice("PatientWeight", 90.0, where="first"),
            said + r"|weight",
        ),
        (
            "dose_first",
            "dose, first",
            _odd_slice("RadionuclideTotalDose", 1.0e8, tracer=True, where="first"),
            said + r"|dose",
        ),
        (
            "decay_first",
            "decay correction, first",
            _odd_slice("DecayCorrection", "ADMIN", where="first"),
            said + r"|decay",
        ),
        ("decay_hot", "decay correction", _odd_slice("DecayCorrection", "ADMIN"), said + r"|decay"),
        (
            "injection_first",
            "injection time, first",
            _odd_slice(
                "RadiopharmaceuticalStartDateTime", "20240305080000", tracer=True, where="first"
            ),
            said + r"|inject",
        ),
        (
            "series_time_first",
            "series time, first",
            _odd_slice("SeriesTime", "104000", where="first"),
            said + r"|time",
        ),
        (
            "corrections",
            "corrections",
            _odd_slice("CorrectedImage", ["NORM", "DECY"]),
            said + r"|attenuation|correct",
        ),
        (
            "half_life_first",
            "half-life, first",
            _odd_slice("RadionuclideHalfLife", 4057.0, tracer=True, where="first"),
            said + r"|half-?life",
        ),
    )
    found = [
        Fault(f"07-one_{name}", kind, f"one slice states other {says}", apply, word)
        for name, says, apply, word in rows
    ]
    found.append(
        Fault(
            "07-same_uid_other_values",
            kind,
            "two files of one UID with other values",
            _copy_of_hot,
            r"same|twice|two|several|duplicate|copies",
        )
    )
    found.append(
        Fault(
            "07-all_nac",
            kind,
            "a PET without attenuation correction",
            each("all", _nac(0)),
            accepted=REFUSED,
            reason=r"attenuation",
        )
    )
    return found
