"""Derived images: denoised PET, super-resolved PET, synthetic CT from MR.

No torch at module top: it is imported when a job runs.

The noise level that a denoising network is told is in the user's hands. ``dose_reduction`` r says
that the PET was made with ``1 / r`` of a full dose's counts: of the image's own noise, measured by
`inference.prepare.noise.estimate_noise`, the share ``1 - 1 / r`` of the variance is to go. By
default r is the image's noise variance over that of the full-count images the network was trained
on (the card's ``reference_level``), within the range that it was trained for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.core.kit.errors import InputError, ModelError, QuantityError
from app.core.kit.jobs import JobContext
from app.core.lesions.lesion import new_lesion_id
from app.core.models.card import ModelCard
from app.core.space.alignment import RigidAlignment
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance, SuvScale
from app.core.study.study import Study
from inference.engine import devices
from inference.engine.runner import Runner
from inference.models import checks, packages
from inference.models.provenance import software_versions
from inference.prepare import image_prepare, prepare
from inference.prepare.image_prepare import FloatArray, Prepared
from inference.prepare.noise import estimate_noise

DENOISE_TASK = "denoise-pet"
SUPERRES_TASK = "super-resolve-pet"
CT_TASK = "synthetic-ct"
TASKS = (DENOISE_TASK, SUPERRES_TASK, CT_TASK)
DEFAULT_SAMPLES = 8
DEFAULT_WINDOW_KJI = (64, 64, 64)
DEFAULT_OVERLAP = 0.25
"""A card overrides window and overlap in ``[extra]``: ``window_kji``, ``overlap``."""
DEFAULT_REFERENCE_LEVEL = 0.2
LEAST_REDUCTION, MOST_REDUCTION = 2.0, 20.0
"""Dose reductions that the networks were trained for."""
LARGEST_OPEN_SHARE = 0.05
_CT_LEAST_HU, _CT_MOST_HU = -1024.0, 3071.0
_KINDS = {
    DENOISE_TASK: DerivedKind.DENOISED,
    SUPERRES_TASK: DerivedKind.SUPER_RESOLVED,
    CT_TASK: DerivedKind.SYNTHETIC_CT,
}


@dataclass(frozen=True, eq=False)
class DeriveRequest:
    """Everything a derived image needs, frozen.

    Parameters
    ----------
    card
        The model package; its task says what is made.
    source
        PET in SUVbw, or MR, on its native grid.
    other
        The PET beside an MR, to check that they lie in one place, or ``None``.
    suv
        How the PET became SUV, for the provenance.
    samples
        Monte Carlo samples for the deviation; 0 for none.
    device
        ``auto``, ``cpu`` or ``cuda:N``.
    seed
        Fixes the samples.
    tracer
        What the study says of its radiopharmaceutical, or empty.
    dose_reduction
        See the module; ``None`` to estimate it.
    alignments
        What moved the source from where it was read, for the provenance.
    """

    card: ModelCard
    source: Volume
    other: Volume | None = None
    suv: SuvScale | None = None
    samples: int = DEFAULT_SAMPLES
    device: str = "auto"
    seed: int = 0
    tracer: str = ""
    dose_reduction: float | None = None
    alignments: tuple[RigidAlignment, ...] = ()

    @property
    def kind(self) -> DerivedKind:
        """What is made."""
        return _KINDS[self.card.task]


@dataclass(eq=False)
class _Work:
    """What the steps of one job hand on."""

    request: DeriveRequest
    source: Volume
    device: str
    runner: str = ""
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


@dataclass(frozen=True, eq=False)
class _Ready:
    """A prepared source, and the way back to the grid of the derived image."""

    prepared: Prepared
    grid: ImageGrid
    back: Callable[[FloatArray, float], FloatArray]
    title: str
    outside: float


def derive_request(
    study: Study,
    card: ModelCard,
    *,
    samples: int = DEFAULT_SAMPLES,
    device: str = "auto",
    dose_reduction: float | None = None,
) -> DeriveRequest:
    """Freeze what a derived image needs of an open study.

    Raises
    ------
    InputError
        If the study lacks the image that the model works on.
    ModelError
        If the model's task makes no image.
    """
    if card.task not in TASKS:
        raise ModelError(
            f"The model {card.id} makes no image; its task is {card.task}.",
            f"Choose a model with one of the tasks {', '.join(TASKS)}.",
        )
    if card.task == CT_TASK:
        if study.mr is None:
            raise InputError(
                "There is no MR in this study.",
                "Open a folder that also holds a T1 MR series, or name one with --mr FILE.",
            )
        source, other = study.mr, study.pet
    else:
        if study.pet is None:
            raise InputError("There is no PET in this study.", "Open a study that holds one.")
        source, other = study.pet, None
    series = study.series_of(study.choice.pet_uid)
    return DeriveRequest(
        card,
        source,
        other,
        study.suv if card.task != CT_TASK else None,
        samples=samples,
        device=device,
        tracer="" if series is None else series.tracer,
        dose_reduction=dose_reduction,
        alignments=tuple(x for x in study.alignments if x.moving_uid == source.series_uid),
    )


def derive(request: DeriveRequest, context: JobContext) -> DerivedImage:
    """Make a derived image. Runs on the device thread.

    Parameters
    ----------
    request
        The frozen inputs; they are not changed.
    context
        Progress and cancel, checked at every window.

    Returns
    -------
    DerivedImage
        A denoised PET on the PET's grid, a super-resolved one on half its voxel size, a synthetic
        CT on the MR's grid. Its provenance holds every warning.

    Raises
    ------
    QuantityError
        If the PET holds no SUVbw.
    ModelError
        If the package is broken, the image does not fit it, the network fails, or memory runs
        out; the cause is chained.
    JobCancelled
        Within one window of a cancel.
    """
    from inference.engine.choose_runner import with_runner
    from inference.engine.image_predict import ImageAnswer, fitted, predict_image
    from inference.engine.sliding import SlidingSettings, settings_for, with_less_memory
    from inference.nets.networks import divisor_of

    context.progress(0.0, "Preparing")
    work = _begin(request)
    ready = _prepare_ct(work) if request.card.task == CT_TASK else _prepare_pet(work)
    context.progress(0.04, "Preparing")
    network = packages.load_network(request.card)
    part = context.part(0.05, 0.95)

    divisor = divisor_of(network)

    def attempt(settings: SlidingSettings) -> ImageAnswer:
        settings = fitted(ready.prepared, settings, divisor)

        def answer(runner: Runner) -> ImageAnswer:
            work.device, work.runner = runner.device, str(runner.info)
            return predict_image(
                runner, ready.prepared, settings, part, samples=request.samples,
                seed=request.seed, share=1.0 - _kept(request.card), name=request.card.id,
            )  # fmt: skip

        plan = settings.plan(request.card, len(ready.prepared.channels))
        return with_runner(network, plan, answer)

    settings = settings_for(
        work.device, *packages.window_settings(request.card, DEFAULT_WINDOW_KJI, DEFAULT_OVERLAP)
    )
    answer = with_less_memory(settings, attempt, work.warn, divisor)
    context.progress(0.96, "Back to the image's grid")
    image = ready.back(answer.image, ready.outside)
    if request.card.task == CT_TASK:
        image = np.clip(image, _CT_LEAST_HU, _CT_MOST_HU)
    else:
        image = np.maximum(image, 0.0)
    deviation = None if answer.deviation is None else ready.back(answer.deviation, 0.0)
    context.progress(1.0, "Done")
    return _derived(work, ready, image, deviation)


def _begin(request: DeriveRequest) -> _Work:
    """Check the inputs and choose the device."""
    if request.samples < 0:
        raise ModelError("The number of samples cannot be negative.", "Use 0 or more.")
    if request.card.task not in TASKS:
        raise ModelError(f"The model {request.card.id} makes no image.")
    warnings = []
    is_pet = request.card.task != CT_TASK
    if is_pet and request.source.quantity is not Quantity.SUV_BW:
        raise QuantityError(
            f"The PET holds {request.source.quantity}, and the model works on SUVbw.",
            "Type in the header values that are missing, or open the attenuation-corrected PET.",
        )
    source, more = checks.clean(request.source, 0.0, "PET" if is_pet else "MR")
    warnings += more
    if is_pet:
        warnings += checks.check_pet(request.card, source)
        warnings += checks.check_negative(source)
        warnings += checks.check_tracer(request.card, request.tracer)
    else:
        warnings += _check_place(source, request.other)
    device = devices.choose_device(request.device)
    devices.use_threads()
    return _Work(request, source, device, warnings=warnings)


def _check_place(mr: Volume, pet: Volume | None) -> list[str]:
    """Warn where the synthetic CT will not lie over the study's PET."""
    if pet is None:
        return []
    if not mr.grid.same_space(pet.grid):
        return ["MR and PET have different frames of reference: the synthetic CT is not aligned."]
    if not mr.grid.overlaps(pet.grid):
        return ["MR and PET do not overlap: the synthetic CT says nothing of the PET."]
    return []


def _kept(card: ModelCard) -> float:
    """Share of the noise that is left in: the card's ``[extra] keep_share``, 0 without."""
    value = card.extra.get("keep_share", 0.0)
    if not isinstance(value, int | float) or not 0.0 <= value < 1.0:
        raise ModelError(
            f"The card of the model {card.id} gives a keep_share that makes no sense.",
            "Install the package again.",
        )
    return float(value)


def _prepare_pet(work: _Work) -> _Ready:
    """Turn the PET to canonical axes and prepare it, voxel by voxel on its own grid."""
    grid = work.source.grid
    turned = image_prepare.Orientation.of(grid)
    pet = turned.turn(np.asarray(work.source.array, dtype=np.float32))

    def back(array: FloatArray, _: float) -> FloatArray:
        out: FloatArray = turned.back(array)
        return out

    if work.request.card.task == SUPERRES_TASK:
        prepared = image_prepare.superres_images(pet)
        fine = image_prepare.half_size_grid(grid)
        return _Ready(prepared, fine, back, "Super-resolved (half voxel size)", 0.0)
    spacing = tuple(grid.spacing_kji_mm[n] for n in turned.order)
    level, title = _noise_to_remove(work, pet, (spacing[0], spacing[1], spacing[2]))
    return _Ready(image_prepare.denoise_images(pet, level), grid, back, title, 0.0)


def _noise_to_remove(
    work: _Work, pet: FloatArray, spacing_kji_mm: tuple[float, float, float]
) -> tuple[float, str]:
    """Level (SD at SUV 1) of the noise that the network is told to take away, and the title."""
    reduction = work.request.dose_reduction
    if reduction is not None and not reduction > 1.0:
        raise ModelError(
            f"A dose reduction of {reduction:g} leaves nothing to take away.",
            "Use a factor above 1, or leave it to the estimate.",
        )
    reference = float(work.request.card.extra.get("reference_level", DEFAULT_REFERENCE_LEVEL))
    noise = estimate_noise(pet, spacing_kji_mm)
    if noise is None:
        work.warn("The PET holds too little activity to measure its noise; a usual level is used.")
        level = reference * np.sqrt(LEAST_REDUCTION if reduction is None else reduction)
    else:
        level = noise.level
    estimated = reduction is None
    if reduction is None:
        measured = (level / reference) ** 2
        reduction = float(np.clip(measured, LEAST_REDUCTION, MOST_REDUCTION))
        if measured < LEAST_REDUCTION:
            work.warn(
                f"The PET's noise is about that of a full dose (estimated: dose / {measured:.2g}); "
                f"it was treated as dose / {LEAST_REDUCTION:g}."
            )
    if not LEAST_REDUCTION <= reduction <= MOST_REDUCTION:
        work.warn(
            f"The model was trained for dose reductions of {LEAST_REDUCTION:g} to "
            f"{MOST_REDUCTION:g}, not {reduction:g}."
        )
    said = f"dose / {reduction:.2g}" + (", estimated" if estimated else "")
    return float(level * np.sqrt(1.0 - 1.0 / reduction)), f"Denoised ({said})"


def _prepare_ct(work: _Work) -> _Ready:
    """Bring the MR onto the network's grid and check what it shows."""
    grid = work.source.grid
    on = prepare.network_grid(grid, image_prepare.CT_SPACING_MM)
    mr = prepare.resample_smooth(work.source, on, 0.0)
    for sentence in checks.check_mr(work.request.card, work.source, image_prepare.mr_contrast(mr)):
        work.warn(sentence)
    share = image_prepare.open_faces(image_prepare.mr_body(mr))
    if share > LARGEST_OPEN_SHARE:
        work.warn(
            f"The body reaches the border of the MR ({share:.0%} of its side faces): what lies "
            "beyond is missing, and the synthetic CT is less sure there."
        )

    def back(array: FloatArray, fill: float) -> FloatArray:
        volume = Volume(on, array, Quantity.HU)
        return prepare.resample_smooth(volume, grid, fill)

    return _Ready(
        image_prepare.ct_images(mr), grid, back, "Synthetic CT", -image_prepare.CT_SCALE_HU
    )


def _derived(
    work: _Work, ready: _Ready, image: FloatArray, deviation: FloatArray | None
) -> DerivedImage:
    request = work.request
    quantity = Quantity.HU if request.card.task == CT_TASK else Quantity.SUV_BW
    role = "MR" if request.card.task == CT_TASK else "PET"
    uid = work.source.series_uid
    spread = (
        None
        if deviation is None
        else Volume(ready.grid, deviation, quantity, uid, f"{ready.title}, standard deviation")
    )
    return DerivedImage(
        new_lesion_id(),
        request.kind,
        ready.title,
        Volume(ready.grid, image.astype(np.float32), quantity, uid, ready.title),
        spread,
        {role: uid},
        Provenance(
            software=software_versions(),
            series_uids={role: uid},
            suv=request.suv,
            model_id=request.card.id,
            model_version=request.card.version,
            weights_sha256={request.card.id: request.card.weights_sha256},
            samples=request.samples,
            device=work.device,
            runners={request.card.id: work.runner},
            seed=request.seed,
            warnings=tuple(work.warnings),
            alignments=request.alignments,
        ),
    )
