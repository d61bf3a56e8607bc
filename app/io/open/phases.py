"""Another time frame or gate of an opened study, or the mean of all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import SuvScale
from app.core.study.study import Phases, SeriesInfo, Study
from app.io.dicom.geometry import Stack
from app.io.pixels.padding import AIR_HU, NOTHING, Mask
from app.io.pixels.read import read_series
from app.io.series.series import frames_of, with_suv
from app.io.suv.header import SuvHeader
from app.io.suv.rules import scale_array, suv_scale

#: The rule of `app.io.suv.rules` under which factors differ from frame to frame.
_PER_FRAME = "DecayCorrection NONE"
_MANY_FACTORS = (
    "The mean is of images with a factor each; the factor that is stated is that of one of them."
)


def with_phase(
    study: Study, series_uid: str, number: int, context: JobContext | None = None
) -> Study:
    """Return the study with another phase of one of its images.

    Parameters
    ----------
    study
        As opened from DICOM.
    series_uid
        Series of its PET, CT or MR.
    number
        Phase from 0, or `Phases.MEAN`: the mean of all, weighted by duration where it is known.
    context
        Progress and cancel.

    Raises
    ------
    InputError
        If the series has no such phase, or an image of the phase can no longer be read.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    info = study.series_of(series_uid)
    phases = None if info is None else info.phases
    stack = None if info is None else info.headers.get("Stack")
    known = phases is not None and (number == Phases.MEAN or 0 <= number < len(phases.labels))
    if info is None or phases is None or not isinstance(stack, Stack) or not known:
        raise InputError(
            "The study has no such time frame or gate.", "Choose one with the phase slider."
        )
    image = _image_of(study, series_uid)
    if number == Phases.MEAN:
        array, unmeasured, info = _mean(stack, info, image, context)
    else:
        array, unmeasured, info = _read(stack, number, info, image, context)
    volume = replace(image, array=array, unmeasured=unmeasured)
    info = replace(info, phases=replace(phases, shown=number))
    return replace(
        study,
        series=tuple(info if x.uid == series_uid else x for x in study.series),
        pet=volume if image is study.pet else study.pet,
        ct=volume if image is study.ct else study.ct,
        mr=volume if image is study.mr else study.mr,
        suv=info.suv if image is study.pet else study.suv,
        warnings=_warnings(study, phases, replace(phases, shown=number)),
    )


def _image_of(study: Study, series_uid: str) -> Volume:
    for image in study.images.values():
        if image.series_uid == series_uid:
            return image
    raise InputError("The image of this series is not open.", "Open its study again.")


def _read(
    stack: Stack, number: int, info: SeriesInfo, image: Volume, context: JobContext
) -> tuple[npt.NDArray[np.generic], Mask | None, SeriesInfo]:
    laid = stack.of_phase(number)
    scales, info = _scales(laid, info)
    read = read_series(
        laid,
        context,
        keep_int16=image.array.dtype == np.int16,
        is_hu=image.quantity is Quantity.HU,
        scales=scales,
    )
    if read.refused:
        raise InputError(
            f"{len(read.refused)} images of this {stack.kind} cannot be read: "
            f"{read.refused[0].reason}.",
            "Choose another one, or copy the series again from its source.",
        )
    return read.array, read.unmeasured, info


def _scales(laid: Stack, info: SeriesInfo) -> tuple[npt.NDArray[np.float64] | None, SeriesInfo]:
    """Return the factor of every image, and the info that says so.

    Under one rule only is a factor that of a frame; any other holds for the whole series, and is
    not found anew from a part of its times.
    """
    header, scale = info.headers.get("SuvHeader"), info.suv
    if not isinstance(header, SuvHeader) or scale is None:
        return None, info
    if _PER_FRAME in scale.rule:
        header = replace(header, frames=frames_of(laid.images))
        info = with_suv(info, header, laid)
        return scale_array(suv_scale(header), len(laid.images)), info
    return _constant(scale, len(laid.images)), info


def _constant(scale: SuvScale, images: int) -> npt.NDArray[np.float64] | None:
    return None if scale.factor is None else np.full(images, scale.factor)


def _mean(
    stack: Stack, info: SeriesInfo, image: Volume, context: JobContext
) -> tuple[npt.NDArray[np.generic], Mask | None, SeriesInfo]:
    """Return the mean; where one phase holds no measurement, it holds none."""
    durations = [p.images[0].duration_ms or 0.0 for p in stack.phases]
    weights = np.array(durations if min(durations) > 0 else [1.0] * len(durations))
    weights = weights / weights.sum()
    total = np.zeros(image.grid.shape_kji, np.float32)
    unmeasured: Mask | None = None
    for n, weight in enumerate(weights):
        part = context.part(n / len(weights), (n + 1) / len(weights))
        array, mask, _ = _read(stack, n, info, image, part)
        total += np.multiply(array, np.float32(weight), dtype=np.float32)
        if mask is not None:
            unmeasured = mask if unmeasured is None else unmeasured | mask
    if unmeasured is not None:
        total[unmeasured] = AIR_HU if image.quantity is Quantity.HU else NOTHING
    if info.suv is not None and _PER_FRAME in info.suv.rule:
        said = (*info.suv.warnings, _MANY_FACTORS)
        info = replace(info, suv=replace(info.suv, warnings=tuple(dict.fromkeys(said))))
    if image.array.dtype == np.int16:
        return np.rint(total).astype(np.int16), unmeasured, info
    return total, unmeasured, info


def _warnings(study: Study, before: Phases, after: Phases) -> tuple[str, ...]:
    """Say which phase is shown, in the place of what was said before."""
    name = _role(study, after.series_uid)
    said = f"{name}: {after.sentence} is shown."
    old = f"{name}: {before.sentence} is shown."
    opened = f"{name}: The series holds {len(before.labels)} "
    kept = [w for w in study.warnings if w != old and not w.startswith(opened)]
    return (said, *kept)


def _role(study: Study, uid: str) -> str:
    choice, info = study.choice, study.series_of(uid)
    if info is not None and info.role == "NM":
        return "SPECT"
    return {choice.pet_uid: "PET", choice.ct_uid: "CT", choice.mr_uid: "MR"}.get(uid, "Image")
