"""A recipe as DICOM: one file a slice, or one enhanced object; a CT beside it where wanted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from tests.support.made.files import File, MadeStudy
from tests.support.made.recipe import PHILIPS_BQML, TRACERS, Made, Recipe, make

PET_CLASS, ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130"
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
#: Values of the made CT in HU.
AIR_HU, BODY_HU, BONE_HU = -1000, 40, 800


def study_of(recipe: Recipe) -> MadeStudy:
    """Return the files of a recipe, faultless."""
    made = make(recipe)
    uids: dict[str, str] = {
        x: generate_uid(entropy_srcs=[x, repr(recipe)]) for x in ("study", "frame", "pt", "ct")
    }
    if recipe.layout == "enhanced":
        pet = [_enhanced(made, uids)]
    else:
        pet = [_pet_slice(made, k, uids) for k in range(recipe.shape_kji[0])]
    ct = [_ct_slice(recipe, k, uids) for k in range(recipe.shape_kji[0])] if recipe.with_ct else []
    return MadeStudy(made, pet, ct)


def _common(recipe: Recipe, modality: str, uids: dict[str, str], number: int) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[modality, str(number), repr(recipe)])
    dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = uids["study"], uids["frame"]
    dataset.Modality, dataset.Manufacturer = modality, "SYNTHETIC"
    dataset.StudyDescription = "Synthetic PET/CT"
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Made^Up", "MADE-1", recipe.sex
    dataset.PatientBirthDate = "19600101"
    dataset.PatientWeight, dataset.PatientSize = recipe.weight_kg, recipe.height_m
    dataset.PatientPosition = "HFS"
    dataset.StudyDate = dataset.SeriesDate = _date(recipe.started)
    dataset.StudyTime = dataset.SeriesTime = _time(recipe.started)
    if recipe.zone:
        dataset.TimezoneOffsetFromUTC = recipe.zone
    return dataset


def _pet_slice(made: Made, k: int, uids: dict[str, str]) -> File:
    recipe = made.recipe
    number = recipe.shape_kji[0] - k if recipe.from_head else k + 1
    dataset = _common(recipe, "PT", uids, number)
    dataset.SOPClassUID, dataset.SeriesInstanceUID = UID(PET_CLASS), uids["pt"]
    dataset.SeriesDescription, dataset.SeriesNumber = "PET WB CTAC", 2
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.InstanceNumber = dataset.ImageIndex = number
    _place(dataset, recipe, k)
    _describe_pet(dataset, recipe, k)
    dataset.RescaleSlope, dataset.RescaleIntercept = made.slopes[k], recipe.intercept
    set_pixels(dataset, made.stored[k], signed=recipe.signed)
    return File(f"pt{number:03d}.dcm", dataset, recipe.encoding)


def _place(dataset: Dataset, recipe: Recipe, k: int) -> None:
    affine = recipe.affine_lps_mm
    j, i = (affine[:3, n] / np.linalg.norm(affine[:3, n]) for n in (1, 2))
    dataset.ImagePositionPatient = _numbers(affine[:3, 3] + affine[:3, 0] * k, 6)
    dataset.ImageOrientationPatient = _numbers([*i, *j], 9)
    dataset.PixelSpacing = [recipe.spacing_kji_mm[1], recipe.spacing_kji_mm[2]]
    dataset.SliceThickness = recipe.spacing_kji_mm[0]


def _numbers(values: Any, places: int) -> list[float]:
    return [round(float(x), places) + 0.0 for x in values]


def _describe_pet(dataset: Dataset, recipe: Recipe, k: int) -> None:
    dataset.AcquisitionDate = _date(recipe.acquired(k))
    dataset.AcquisitionTime = _time(recipe.acquired(k))
    dataset.ActualFrameDuration = str(round(recipe.duration_s * 1000))
    dataset.NumberOfSlices, dataset.SeriesType = recipe.shape_kji[0], ["WHOLE BODY", "IMAGE"]
    dataset.CountsSource, dataset.Units = "EMISSION", recipe.units
    if recipe.suv_type:
        dataset.SUVType = recipe.suv_type
    dataset.DecayCorrection = recipe.decay
    dataset.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "RAN"]
    if recipe.decay != "NONE":
        dataset.CorrectedImage = [*dataset.CorrectedImage, "DECY"]
    dataset.AttenuationCorrectionMethod = "measured, CT"
    dataset.FrameReferenceTime = _reference_ms(recipe, k)
    if recipe.units == "CNTS":
        block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
        block.add_new(0x09, "DS", str(PHILIPS_BQML))
    dataset.RadiopharmaceuticalInformationSequence = [tracer_item(recipe)]


def _reference_ms(recipe: Recipe, k: int) -> float:
    """Frame Reference Time: from scan start to when the activity is the frame's mean."""
    constant = np.log(2.0) / recipe.half_life_s
    product = constant * recipe.duration_s
    average_s = np.log(product / (1.0 - np.exp(-product))) / constant
    return round(1000.0 * float(recipe.bed_s * k + average_s), 3)


def tracer_item(recipe: Recipe) -> Dataset:
    """Return the item on the radiopharmaceutical."""
    tracer, item, code = TRACERS[recipe.tracer], Dataset(), Dataset()
    item.Radiopharmaceutical = tracer.drug
    item.RadionuclideTotalDose = recipe.dose_bq
    item.RadionuclideHalfLife = tracer.half_life_s
    item.RadiopharmaceuticalStartTime = _time(recipe.injected)
    if recipe.dated:
        item.RadiopharmaceuticalStartDateTime = _date(recipe.injected) + _time(recipe.injected)
    code.CodeValue, code.CodingSchemeDesignator = tracer.code, "SRT"
    code.CodeMeaning = tracer.meaning
    item.RadionuclideCodeSequence = [code]
    return item


def set_pixels(dataset: Dataset, plane: npt.NDArray[Any], *, signed: bool = True) -> None:
    """Set native pixels of 16 bits: one plane, or frames ``[n, j, i]``."""
    dataset.Rows, dataset.Columns = plane.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = int(signed)
    dataset.PixelData = np.ascontiguousarray(plane, "<i2" if signed else "<u2").tobytes()


def _enhanced(made: Made, uids: dict[str, str]) -> File:
    recipe = made.recipe
    dataset = _common(recipe, "PT", uids, 1)
    dataset.SOPClassUID, dataset.SeriesInstanceUID = UID(ENHANCED_PET), uids["pt"]
    dataset.SeriesDescription, dataset.SeriesNumber = "PET WB CTAC", 2
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.InstanceNumber = 1
    dataset.AcquisitionDateTime = _date(recipe.started) + _time(recipe.started)
    dataset.AcquisitionDuration = recipe.duration_s
    # An enhanced PET says in its own elements what the classic one says in Corrected Image.
    dataset.DecayCorrected = "NO" if recipe.decay == "NONE" else "YES"
    decayed_to = recipe.injected if recipe.decay == "ADMIN" else recipe.started
    dataset.DecayCorrectionDateTime = _date(decayed_to) + _time(decayed_to)
    dataset.AttenuationCorrected = dataset.ScatterCorrected = "YES"
    dataset.Units = recipe.units
    if recipe.suv_type:
        dataset.SUVType = recipe.suv_type
    dataset.RadiopharmaceuticalInformationSequence = [tracer_item(recipe)]
    affine = recipe.affine_lps_mm
    j, i = (affine[:3, n] / np.linalg.norm(affine[:3, n]) for n in (1, 2))
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = _numbers([*i, *j], 9)
    measures.PixelSpacing = [recipe.spacing_kji_mm[1], recipe.spacing_kji_mm[2]]
    measures.SliceThickness = recipe.spacing_kji_mm[0]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame(made, k, n) for n, k in enumerate(_frame_order(recipe))
    ]
    dataset.NumberOfFrames = recipe.shape_kji[0]
    set_pixels(dataset, made.stored[list(_frame_order(recipe))], signed=recipe.signed)
    return File("pt.dcm", dataset, recipe.encoding)


def _frame_order(recipe: Recipe) -> list[int]:
    order = list(range(recipe.shape_kji[0]))
    return order[::-1] if recipe.from_head else order


def _frame(made: Made, k: int, number: int) -> Dataset:
    recipe, affine = made.recipe, made.recipe.affine_lps_mm
    frame, plane, content, rescale = Dataset(), Dataset(), Dataset(), Dataset()
    plane.ImagePositionPatient = _numbers(affine[:3, 3] + affine[:3, 0] * k, 6)
    when = recipe.acquired(k)
    content.FrameAcquisitionDateTime = content.FrameReferenceDateTime = _date(when) + _time(when)
    content.FrameAcquisitionDuration = recipe.duration_s * 1000.0
    content.DimensionIndexValues = [1, number + 1]
    rescale.RescaleSlope, rescale.RescaleIntercept = made.slopes[k], recipe.intercept
    rescale.RescaleType = "US"
    frame.PlanePositionSequence, frame.FrameContentSequence = [plane], [content]
    frame.PixelValueTransformationSequence = [rescale]
    return frame


def ct_values(recipe: Recipe) -> npt.NDArray[np.int16]:
    """Return the CT in HU ``[k, j, i]``: a body with a bone where the PET's box is."""
    _, j, i = recipe.shape_kji
    values = np.full(recipe.shape_kji, AIR_HU, np.int16)
    values[:, j // 6 : j - j // 8, i // 6 : i - i // 8] = BODY_HU
    values[recipe.box] = BONE_HU
    return values


def _ct_slice(recipe: Recipe, k: int, uids: dict[str, str]) -> File:
    dataset = _common(recipe, "CT", uids, k + 1)
    dataset.SOPClassUID, dataset.SeriesInstanceUID = UID(CT_CLASS), uids["ct"]
    dataset.SeriesDescription, dataset.SeriesNumber = "CT WB 3.0", 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.InstanceNumber = k + 1
    dataset.AcquisitionDate, dataset.AcquisitionTime = _date(recipe.started), "105500"
    dataset.KVP, dataset.ConvolutionKernel = 120.0, "STANDARD"
    dataset.RescaleSlope, dataset.RescaleIntercept = recipe.ct_slope, -1024.0
    dataset.RescaleType = "HU"
    _place(dataset, recipe, k)
    stored = (ct_values(recipe)[k].astype(np.int32) + 1024) / recipe.ct_slope
    set_pixels(dataset, np.rint(stored))
    return File(f"ct{k + 1:03d}.dcm", dataset, recipe.encoding)


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    text = moment.strftime("%H%M%S")
    return f"{text}.{moment.microsecond:06d}" if moment.microsecond else text
