"""Explain one lesion's score: the crops of the search, saliency, back to the native grid.

No torch at module top: it is imported when a score is explained.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError, ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.saliency import SaliencyMap, SaliencyMethod
from app.core.lesions.segmentation import Segmentation
from app.core.models.card import ModelCard
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import seen_otherwise
from app.core.study.study import Study
from inference.engine import devices
from inference.engine.runner import NETWORK_ERRORS
from inference.lesions import instances
from inference.models import checks, packages
from inference.prepare import prepare
from inference.tasks.find_lesions import SCORE_TASK
from inference.tasks.lesion_scores import temperature_of

Float32Array = npt.NDArray[np.float32]
_AGAIN = "Search for lesions again."


@dataclass(frozen=True, eq=False)
class ExplainRequest:
    """Everything an explanation needs, frozen.

    Parameters
    ----------
    pet_suvbw, ct_hu
        The images that were searched; ``None`` for a search without CT.
    segmentation
        The outlines at one revision.
    lesion_id
        Whose score is explained.
    method
        How.
    card
        The score package of the search.
    device
        ``auto``, ``cpu`` or ``cuda:N``.
    """

    pet_suvbw: Volume
    ct_hu: Volume | None
    segmentation: Segmentation
    lesion_id: str
    method: SaliencyMethod
    card: ModelCard
    device: str = "auto"


def explain_request(
    study: Study,
    analysis: LesionAnalysis,
    lesion_id: str,
    method: SaliencyMethod,
    device: str = "auto",
    *,
    revision: int | None = None,
    model_folders: Sequence[Path] = (),
) -> ExplainRequest:
    """Freeze what an explanation needs of an open study and its result.

    Parameters
    ----------
    study, analysis
        The open study and the result of a search of it.
    lesion_id, method, device
        See `ExplainRequest`.
    revision
        Revision of the outlines that the caller saw; ``None`` for the present one.
    model_folders
        Further folders of model packages.

    Raises
    ------
    InputError
        If the study holds no PET, the lesion is unknown or has no score, or the outlines have
        changed.
    ModelError
        If the score package of the search is not installed any more, or is another one now.
    """
    segmentation = analysis.segmentation
    if study.pet is None or study.pet.grid != segmentation.grid:
        raise InputError("These outlines do not belong to the open PET.", _AGAIN)
    if revision is not None and revision != segmentation.revision:
        raise InputError("The outlines have changed since.", "Choose the lesion again.")
    try:
        lesion = segmentation.lesion(lesion_id)
    except KeyError as error:
        raise InputError("This lesion is not in the table.", "Choose a lesion again.") from error
    if lesion.label not in segmentation.labels.present():
        raise InputError(f"{lesion.name} has no voxel any more.", "Undo, or choose another lesion.")
    card = _score_card(analysis, model_folders)
    if lesion.lesion_score is None:
        raise InputError(f"{lesion.name} has no score that could be explained.", _AGAIN)
    moved = seen_otherwise(study, analysis.provenance.alignments, ("CT",))
    if moved and "CT" in analysis.provenance.series_uids:
        raise InputError(moved[0], "Undo the alignment, or search for lesions again.")
    # A search that had no CT is explained without one.
    ct = study.ct if study.aligned and "CT" in analysis.provenance.series_uids else None
    return ExplainRequest(study.pet, ct, segmentation, lesion_id, method, card, device)


def _score_card(analysis: LesionAnalysis, folders: Sequence[Path]) -> ModelCard:
    """Card of the package that scored, as it was then."""
    for model_id, sha256 in analysis.provenance.weights_sha256.items():
        if model_id == analysis.provenance.model_id:
            continue
        card = packages.find_model(model_id, folders)
        if card.task == SCORE_TASK:
            if card.weights_sha256 != sha256:
                raise ModelError(f"The model {card.id} has changed since this search.", _AGAIN)
            return card
    raise ModelError(
        "These lesions were not scored by a network, so there is nothing to explain.",
        "Install a score model and search for lesions again.",
    )


def explain(request: ExplainRequest, context: JobContext) -> SaliencyMap:
    """Explain one lesion's score. Runs on the device thread.

    The score is that of the mean weights, one pass; the table's is the mean over Monte Carlo
    samples, close to it.

    Parameters
    ----------
    request
        The frozen inputs; they are not changed.
    context
        Progress and cancel, asked at every pass of the network.

    Returns
    -------
    SaliencyMap
        What spoke for the side that the score took, on the PET's native grid.

    Raises
    ------
    ModelError
        If the package is broken, the network fails, or nothing speaks for that side.
    JobCancelled
        Within one pass of a cancel.
    """
    context.progress(0.0, "Preparing")
    card, lesion = request.card, request.segmentation.lesion(request.lesion_id)
    pet, _ = checks.clean(request.pet_suvbw, prepare.PET_OUTSIDE_SUV, "PET")
    ct, _ = checks.usable_ct(card, pet, request.ct_hu)
    if ct is not None:
        ct, _ = checks.clean(ct, prepare.CT_OUTSIDE_HU, "CT")
    grid = prepare.network_grid(pet.grid, card.spacing_mm)
    channels = prepare.segmentation_channels(pet, ct, grid)
    context.check()
    labels = (request.segmentation.labels.dense() == lesion.label).astype(np.uint16)
    labels = instances.labels_on(labels, pet.grid, grid, pet.array)
    crops = prepare.score_inputs(channels, labels, 1)
    found, logit = _saliency(request, *crops, context.part(0.2, 0.95))
    array = _on_native(found, grid, _centre(channels, labels), pet.grid)
    highest = float(array.max())
    if not highest > 0.0:
        raise ModelError(
            f"{request.method} found no place that speaks for the score of {lesion.name}.",
            "Choose another method.",
        )
    description = f"{request.method}: {lesion.name}"
    volume = Volume(pet.grid, array / highest, Quantity.OTHER, pet.series_uid, description)
    score = 1.0 / (1.0 + math.exp(-logit / temperature_of(card)))
    segmentation = request.segmentation
    context.progress(1.0, "Explaining the score")
    return SaliencyMap(
        lesion.id, segmentation.id, segmentation.revision, request.method, volume, score, card.id
    )


def _saliency(
    request: ExplainRequest, fine: Float32Array, coarse: Float32Array, context: JobContext
) -> tuple[Float32Array, float]:
    """Saliency around the candidate and its logit; the CPU takes over from a GPU that is full."""
    import torch

    from inference.lesions.saliency import explain_crops

    card = request.card
    threshold_logit = math.log(card.threshold / (1.0 - card.threshold)) * temperature_of(card)
    network = packages.load_network(card)
    devices.use_threads()
    for where in dict.fromkeys((devices.choose_device(request.device), "cpu")):
        try:
            found, logit = explain_crops(
                network.to(where), fine, coarse, request.method, context,
                threshold_logit=threshold_logit,
            )  # fmt: skip
        except torch.OutOfMemoryError:
            continue
        except NETWORK_ERRORS as error:
            raise ModelError(
                f"The model {card.id} failed on this lesion ({type(error).__name__}).",
                "The study is unchanged; use another method, or report this model.",
            ) from error
        if not (np.isfinite(found).all() and math.isfinite(logit)):
            raise ModelError(f"The model {card.id} answered with values that are not numbers.")
        return found, logit
    raise ModelError(
        "There is not enough memory to explain the score.", "Close other programs and try again."
    )


def _centre(channels: Float32Array, labels: npt.NDArray[np.uint16]) -> npt.NDArray[np.intp]:
    """Index ``[k, j, i]`` of both crops' centre: see `inference.prepare.prepare.score_inputs`."""
    flat = np.flatnonzero(labels == 1)
    hottest = flat[channels[1].reshape(-1)[flat].argmax()]
    return np.array(np.unravel_index(hottest, labels.shape))


def _on_native(
    found: Float32Array, grid: ImageGrid, centre: npt.NDArray[np.intp], native: ImageGrid
) -> Float32Array:
    """Bring a map around a candidate onto the PET's grid, 0 elsewhere."""
    affine = np.array(grid.affine_lps_mm)
    affine[:3, 3] = grid.points_lps_mm(centre - np.array(found.shape) // 2)
    around = ImageGrid(found.shape, affine, grid.frame_of_reference_uid)
    out = np.zeros(native.shape_kji, dtype=np.float32)
    k, j, i = (slice(0, n) for n in found.shape)
    here = instances.box_on(native, around, (k, j, i))
    if here is not None:
        out[here] = instances.to_native(found, around, instances.crop_grid(native, here))
    return np.maximum(out, 0.0, out=out)
