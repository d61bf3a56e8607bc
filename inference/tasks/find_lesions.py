"""Find lesions: prepare, predict, back to the native grid, instances, scores, biomarkers.

No torch at module top: it is imported when a search runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError, ModelError, QuantityError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import new_lesion_id
from app.core.lesions.measure import SampleMasks, measure
from app.core.lesions.segmentation import Segmentation
from app.core.models.card import ModelCard
from app.core.space.alignment import RigidAlignment
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import Provenance, SuvScale
from app.core.study.study import Study
from inference.engine import devices
from inference.engine.runner import Runner
from inference.lesions import instances
from inference.lesions.instances import entropy_bits
from inference.models import checks, packages
from inference.models.provenance import software_versions
from inference.prepare import prepare
from inference.prepare.body import Box, body_box, has_uptake
from inference.tasks.lesion_scores import (
    Scores,
    make_lesions,
    physiological_last,
    score_labels,
    temperature_of,
)

if TYPE_CHECKING:
    from inference.engine.uncertainty import Prediction

DEFAULT_MODEL = "petct-lesion"
DEFAULT_SCORE_MODEL = "petct-lesion-score"
DEFAULT_SAMPLES = 10
TASK = "find-lesions"
SCORE_TASK = "score-candidates"
DEFAULT_WINDOW_KJI = (64, 64, 64)
DEFAULT_OVERLAP = 0.5
"""A card overrides window and overlap in ``[extra]``: ``window_kji``, ``overlap``."""

LabelArray = npt.NDArray[np.uint16]
Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FindLesionsRequest:
    """Everything a search needs, frozen.

    Parameters
    ----------
    pet_suvbw
        PET in SUVbw on its native grid.
    ct_hu
        CT in HU on its own grid, or ``None``.
    suv
        How the PET became SUV, for the provenance.
    model_id
        Model package; ``None`` for the program's own.
    samples
        Monte Carlo samples; 0 for one pass without intervals.
    device
        ``auto``, ``cpu`` or ``cuda:N``.
    seed
        Fixes the samples: the same seed on the same device gives the same numbers.
    tracer
        What the study says of its radiopharmaceutical, or empty.
    model_folders
        Further folders of model packages.
    alignments
        What moved the CT from where it was read, for the provenance.
    """

    pet_suvbw: Volume
    ct_hu: Volume | None
    suv: SuvScale | None = None
    model_id: str | None = None
    samples: int = DEFAULT_SAMPLES
    device: str = "auto"
    seed: int = 0
    tracer: str = ""
    model_folders: Sequence[Path] = ()
    alignments: tuple[RigidAlignment, ...] = ()


@dataclass(frozen=True, eq=False)
class _Models:
    """The two packages of a search, and what their cards set."""

    card: ModelCard
    score: ModelCard | None
    window_kji: tuple[int, int, int]
    overlap: float

    def hashes(self) -> dict[str, str]:
        cards = [self.card] if self.score is None else [self.card, self.score]
        return {x.id: x.weights_sha256 for x in cards}


@dataclass(eq=False)
class _Search:
    """What the steps of one search hand on."""

    request: FindLesionsRequest
    models: _Models
    pet: Volume
    ct: Volume | None
    device: str
    runners: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def request_for(
    study: Study,
    *,
    model_id: str | None = None,
    samples: int | None = None,
    device: str = "auto",
) -> FindLesionsRequest:
    """Freeze what a search needs of an open study.

    A CT in another frame of reference goes along, is not used, and that is said: it would be laid
    over the PET as if aligned (`inference.models.checks.usable_ct`).

    Raises
    ------
    InputError
        If the study holds no PET.
    """
    if study.pet is None:
        raise InputError("There is no PET in this study.", "Open a study that holds one.")
    series = study.series_of(study.choice.pet_uid)
    return FindLesionsRequest(
        study.pet,
        study.ct,
        study.suv,
        model_id=model_id,
        samples=DEFAULT_SAMPLES if samples is None else samples,
        device=device,
        tracer="" if series is None else series.tracer,
        alignments=tuple(x for x in study.alignments if x.moving_role == "CT"),
    )


def find_lesions(request: FindLesionsRequest, context: JobContext) -> LesionAnalysis:
    """Find and measure lesions. Runs on the device thread.

    Parameters
    ----------
    request
        The frozen inputs; they are not changed.
    context
        Progress and cancel, checked at every window.

    Returns
    -------
    LesionAnalysis
        On the PET's native grid. Without a lesion its outlines are empty: a valid result.

    Raises
    ------
    QuantityError
        If the PET holds no SUVbw.
    ModelError
        If a package is missing or broken, the images do not fit it, the network fails, or memory
        runs out; the cause is chained.
    JobCancelled
        Within one window of a cancel.
    """
    context.progress(0.0, "Preparing")
    search = _begin(request)
    grid = prepare.network_grid(search.pet.grid, search.models.card.spacing_mm)
    channels = prepare.segmentation_channels(search.pet, search.ct, grid)
    uptake = has_uptake(channels)
    box = body_box(uptake, search.models.window_kji)
    prediction = _predict(search, channels, uptake, box, context.part(0.03, 0.85))
    part = instances.crop_grid(grid, box)
    context.progress(0.85, "Outlining")
    native = search.pet.grid
    threshold = search.models.card.threshold
    probability = instances.native_probability(prediction.probability, part, native)
    labels, left_out = instances.find_instances(probability, search.pet.array, native, threshold)
    if left_out:
        search.warn(f"More than {instances.MOST_CANDIDATES} candidates: {left_out} are left out.")
    scores = _scores(search, channels, labels, grid, context.part(0.86, 0.93))
    labels, scores = physiological_last(labels, scores)
    entropy = entropy_bits(probability)
    segmentation = _segmentation(search, labels, scores, entropy)
    context.progress(0.94, "Measuring")
    zones = instances.make_zones(labels, native)
    masks = []
    for sample in prediction.samples:
        context.check()
        masks.append(instances.sample_mask(sample, prediction.box, part, native, zones, threshold))
    samples = SampleMasks(masks, zones) if masks else None
    values = measure(search.pet, segmentation, samples) if segmentation.lesions else {}
    uid = search.pet.series_uid
    context.progress(1.0, "Measuring")
    return LesionAnalysis(
        segmentation,
        values,
        Volume(native, probability, Quantity.PROBABILITY, uid, "Lesion probability"),
        Volume(native, entropy, Quantity.ENTROPY, uid, "Uncertainty (entropy, bits)"),
        _provenance(search),
    )


def _begin(request: FindLesionsRequest) -> _Search:
    """Check the inputs and choose model and device."""
    if request.pet_suvbw.quantity is not Quantity.SUV_BW:
        raise QuantityError(
            f"The PET holds {request.pet_suvbw.quantity}, and lesions are searched in SUVbw.",
            "Type in the header values that are missing, or open the attenuation-corrected PET.",
        )
    if request.samples < 0:
        raise ModelError("The number of samples cannot be negative.", "Use 0 or more.")
    models, warnings = _models(request)
    device = devices.choose_device(request.device)
    devices.use_threads()
    pet, more = checks.clean(request.pet_suvbw, prepare.PET_OUTSIDE_SUV, "PET")
    warnings += more
    warnings += checks.check_pet(models.card, pet)
    warnings += checks.check_tracer(models.card, request.tracer)
    ct, more = checks.usable_ct(models.card, pet, request.ct_hu)
    warnings += more
    if ct is not None:
        ct, more = checks.clean(ct, prepare.CT_OUTSIDE_HU, "CT")
        warnings += more
    return _Search(request, models, pet, ct, device, warnings=warnings)


def _models(request: FindLesionsRequest) -> tuple[_Models, list[str]]:
    card = packages.find_model(request.model_id or DEFAULT_MODEL, request.model_folders)
    if card.task != TASK:
        raise ModelError(
            f"The model {card.id} does not find lesions; its task is {card.task}.",
            "Choose a model with the task find-lesions.",
        )
    warnings = []
    score: ModelCard | None = None
    try:
        name = str(card.extra.get("score_model", DEFAULT_SCORE_MODEL))
        score = packages.find_model(name, request.model_folders)
        if score.task != SCORE_TASK or score.spacing_mm != card.spacing_mm:
            raise ModelError(f"The model {score.id} cannot score the candidates of {card.id}.")
    except ModelError as error:
        score = None
        warnings = [f"{error.sentence} Candidates are not scored as lesion or physiological."]
    window, overlap = packages.window_settings(card, DEFAULT_WINDOW_KJI, DEFAULT_OVERLAP)
    return _Models(card, score, window, overlap), warnings


def _predict(
    search: _Search,
    channels: Float32Array,
    uptake: npt.NDArray[np.bool_],
    box: Box,
    context: JobContext,
) -> Prediction:
    """Predict inside the box; windows without uptake are background."""
    from inference.engine.choose_runner import with_runner
    from inference.engine.sliding import SlidingSettings, settings_for, with_less_memory
    from inference.engine.uncertainty import predict
    from inference.nets.networks import divisor_of

    card, request = search.models.card, search.request
    network = packages.load_network(card)
    inside = np.ascontiguousarray(channels[(slice(None), *box)])

    def attempt(settings: SlidingSettings) -> Prediction:
        def answer(runner: Runner) -> Prediction:
            search.device, search.runners[card.id] = runner.device, str(runner.info)
            return predict(
                runner, inside, settings, context, outside=prepare.AIR_CHANNELS,
                worth=uptake[box], samples=request.samples, seed=request.seed,
                temperature=temperature_of(card), name=card.id,
            )  # fmt: skip

        return with_runner(network, settings.plan(card, len(inside)), answer)

    settings = settings_for(search.device, search.models.window_kji, search.models.overlap)
    return with_less_memory(settings, attempt, search.warn, divisor_of(network))


def _scores(
    search: _Search,
    channels: Float32Array,
    labels: LabelArray,
    grid: ImageGrid,
    context: JobContext,
) -> Scores | None:
    """Scores of all candidates, or ``None`` without a score model or candidates."""
    card = search.models.score
    if card is None or not labels.any():
        return None
    on_grid = instances.labels_on(labels, search.pet.grid, grid, search.pet.array)
    scores = score_labels(
        card,
        channels,
        on_grid,
        context,
        device=search.device,
        samples=search.request.samples,
        seed=search.request.seed,
        warn=search.warn,
    )
    search.runners[card.id] = scores.runner
    return scores


def _segmentation(
    search: _Search, labels: LabelArray, scores: Scores | None, entropy: Float32Array
) -> Segmentation:
    card = search.models.card
    source = f"{card.id} {card.version}"
    count = int(labels.max())
    inside = labels > 0
    total = np.bincount(labels[inside], entropy[inside], minlength=count + 1)
    voxels = np.bincount(labels[inside], minlength=count + 1)
    lesions = make_lesions(count, scores, total[1:] / voxels[1:], source)
    held = Labelmap.from_array(labels)
    return Segmentation(new_lesion_id(), search.pet.grid, held, lesions, source=source)


def _provenance(search: _Search) -> Provenance:
    models = search.models
    uids = {"PET": search.pet.series_uid}
    if search.ct is not None:
        uids["CT"] = search.ct.series_uid
    return Provenance(
        software=software_versions(),
        series_uids=uids,
        suv=search.request.suv,
        model_id=models.card.id,
        model_version=models.card.version,
        weights_sha256=models.hashes(),
        threshold=models.card.threshold,
        samples=search.request.samples,
        device=search.device,
        runners=search.runners,
        seed=search.request.seed,
        warnings=tuple(search.warnings),
        alignments=search.request.alignments if search.ct is not None else (),
    )
