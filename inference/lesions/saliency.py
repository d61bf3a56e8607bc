"""Which parts of its two crops moved the score network, by three published methods.

Every method explains the logit towards the side that the score took: what speaks for a lesion
where it was called one, what speaks against where it was called physiological. The candidate's
mask is the question and not evidence: it is the same in the image and in what it is compared with.

- Grad-CAM (Selvaraju et al. 2017) at the last convolution of each branch.
- Integrated gradients (Sundararajan et al. 2017) from a baseline in which the candidate is filled
  with what surrounds it and the rest is blurred (`baseline`); the sum over the channels.
- Occlusion (Zeiler and Fergus 2014): the loss of logit when a block of both crops is replaced by
  that baseline.

The two crops overlap, and a voxel of the coarse one holds 27 of the fine one: maps are joined as
evidence per volume (`joined`).

torch and captum are imported at module top: import this module inside functions only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from captum.attr import FeatureAblation, IntegratedGradients, LayerGradCam
from scipy import ndimage
from torch import nn

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.saliency import SaliencyMethod
from inference.nets.dropout import disable_monte_carlo
from inference.nets.networks import CandidateScoreNet
from inference.prepare.prepare import AIR_CHANNELS, COARSE_FACTOR, SPACING_MM

Float32Array = npt.NDArray[np.float32]
Maps = tuple[Float32Array, Float32Array]
"""A map of the fine and one of the coarse crop, each ``[k, j, i]``."""

STEPS = 32
"""Gauss-Legendre nodes of integrated gradients; see the test of their sum."""
TOGETHER = 8
BLUR_SIGMA_MM = 24.0
FILL_MARGIN_MM = 8.0
"""Spill-out around a candidate is not its surroundings."""
BLOCK = 6
"""Network voxels along the side of an occluded block (24 mm); twice that far from the candidate."""
NEAR = 24


def explain_crops(
    network: nn.Module,
    fine: Float32Array,
    coarse: Float32Array,
    method: SaliencyMethod,
    context: JobContext,
    *,
    threshold_logit: float = 0.0,
) -> tuple[Float32Array, float]:
    """Explain one candidate's logit.

    Parameters
    ----------
    network
        A `CandidateScoreNet`; its mean weights answer.
    fine, coarse
        ``[5, k, j, i]`` of `inference.prepare.prepare.score_inputs`.
    method
        How.
    context
        Progress and cancel, asked at every pass of the network.
    threshold_logit
        At or above it the candidate was called a lesion.

    Returns
    -------
    saliency
        float32 ``[k, j, i]`` on the network's voxels around the candidate (see `joined`), not
        negative; its scale has no meaning.
    logit
        What the network answered.

    Raises
    ------
    ModelError
        If the network is of another kind.
    """
    if not isinstance(network, CandidateScoreNet):
        raise ModelError("This score network cannot be explained.", "Use another score package.")
    disable_monte_carlo(network)
    told = Told(network, context)
    logit = told.logit(fine, coarse)
    sign = 1.0 if logit >= threshold_logit else -1.0
    if method is SaliencyMethod.GRAD_CAM:
        maps = grad_cam(told, fine, coarse, sign)
    elif method is SaliencyMethod.INTEGRATED_GRADIENTS:
        maps = integrated_gradients(told, fine, coarse, sign)
    else:
        return occlusion(told, fine, coarse, sign), logit
    return joined(*(np.maximum(x, 0.0) for x in maps)), logit


class Told(nn.Module):
    """The network; every pass reports progress and obeys cancel."""

    def __init__(self, network: CandidateScoreNet, context: JobContext) -> None:
        super().__init__()
        self.network, self._context = network, context
        self._passes, self._expected = 0, 1
        self.where = next(network.parameters()).device

    def expect(self, passes: int) -> None:
        """Say how many passes follow."""
        self._passes, self._expected = 0, max(1, passes)

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Logit ``[n]``."""
        self._context.progress(min(1.0, self._passes / self._expected), "Explaining the score")
        self._passes += 1
        logit: torch.Tensor = self.network(fine, coarse)
        return logit

    @torch.no_grad()
    def logit(self, fine: Float32Array, coarse: Float32Array) -> float:
        """Logit of one candidate."""
        return float(self(self.tensor(fine), self.tensor(coarse))[0])

    def tensor(self, crop: Float32Array) -> torch.Tensor:
        """``[1, 5, k, j, i]`` where the network is."""
        return torch.from_numpy(np.ascontiguousarray(crop))[None].to(self.where)


def baseline(crop: Float32Array, spacing_mm: float) -> Float32Array:
    """Return the crop without the candidate and without detail, to compare with.

    A blur of `BLUR_SIGMA_MM` that leaves out the candidate and `FILL_MARGIN_MM` around it
    (a normalised convolution); where the blur reaches nothing else, the nearest voxel outside
    speaks. The mask channel stays as it is.

    Parameters
    ----------
    crop
        ``[5, k, j, i]``; the last channel is the candidate's mask.
    spacing_mm
        Of its voxels.
    """
    reach = max(1, round(FILL_MARGIN_MM / spacing_mm))
    mask = ndimage.binary_dilation(crop[4] > 0.0, iterations=reach)
    out = crop.copy()
    if mask.all():
        out[:4] = np.array(AIR_CHANNELS, dtype=np.float32)[:, None, None, None]
        return out
    sigma = BLUR_SIGMA_MM / spacing_mm
    known = (~mask).astype(np.float32)
    weight = ndimage.gaussian_filter(known, sigma, mode="nearest", truncate=3.0)
    nearest = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    for channel in range(4):
        total = ndimage.gaussian_filter(crop[channel] * known, sigma, mode="nearest", truncate=3.0)
        blurred = total / np.maximum(weight, 1e-3)
        out[channel] = np.where(weight > 1e-3, blurred, crop[channel][tuple(nearest)])
    return out


def grad_cam(told: Told, fine: Float32Array, coarse: Float32Array, sign: float) -> Maps:
    """Signed Grad-CAM of both branches, interpolated onto their crops."""
    told.expect(2)
    maps = []
    for branch, crop in ((told.network.fine, fine), (told.network.coarse, coarse)):
        inputs = tuple(told.tensor(x).requires_grad_() for x in (fine, coarse))
        method = LayerGradCam(told, _last_activation(branch))
        found = sign * method.attribute(inputs, relu_attributions=False)
        maps.append(spread_over(found[0, 0].detach().float().cpu().numpy(), crop.shape[1:]))
    return maps[0], maps[1]


def _last_activation(branch: nn.Module) -> nn.Module:
    """Return the activation after the last convolution: what enters the head, pooled."""
    found = [x for x in branch.modules() if isinstance(x, nn.LeakyReLU)]
    return found[-1]


def spread_over(small: Float32Array, shape: tuple[int, ...]) -> Float32Array:
    """Interpolate a strided layer's map: its voxel n lies on voxel ``n * stride`` of the input."""
    stride = [round(big / little) for big, little in zip(shape, small.shape, strict=True)]
    return np.asarray(
        ndimage.affine_transform(
            small, 1.0 / np.array(stride), 0.0, tuple(shape), order=1, mode="nearest"
        ),
        dtype=np.float32,
    )


def integrated_gradients(told: Told, fine: Float32Array, coarse: Float32Array, sign: float) -> Maps:
    """Signed integrated gradients from `baseline`, summed over the channels."""
    told.expect(-(-STEPS // TOGETHER))
    inputs = tuple(told.tensor(x).requires_grad_() for x in (fine, coarse))
    blank = tuple(told.tensor(x) for x in baselines(fine, coarse))
    found = IntegratedGradients(told).attribute(
        inputs, blank, n_steps=STEPS, method="gausslegendre", internal_batch_size=TOGETHER
    )
    a, b = (sign * x[0].sum(dim=0).detach().float().cpu().numpy() for x in found)
    return a, b


def baselines(fine: Float32Array, coarse: Float32Array) -> Maps:
    """Return the `baseline` of both crops."""
    return baseline(fine, SPACING_MM), baseline(coarse, SPACING_MM * COARSE_FACTOR)


def occlusion(told: Told, fine: Float32Array, coarse: Float32Array, sign: float) -> Float32Array:
    """Loss of logit when a block of both crops is replaced by `baseline`, per volume."""
    wide = [n * COARSE_FACTOR for n in coarse.shape[1:]]
    blocks = blocks_of(wide)
    starts = [(w - n) // 2 for w, n in zip(wide, fine.shape[1:], strict=True)]
    middle = tuple(slice(s, s + n) for s, n in zip(starts, fine.shape[1:], strict=True))
    thin = blocks[(slice(1, None, COARSE_FACTOR),) * 3]
    masks = tuple(
        torch.from_numpy(x.copy())[None, None].to(told.where) for x in (blocks[middle], thin)
    )
    told.expect(-(-int(blocks.max() + 1) // TOGETHER))
    with torch.no_grad():
        found = FeatureAblation(told).attribute(
            tuple(told.tensor(x) for x in (fine, coarse)),
            tuple(told.tensor(x) for x in baselines(fine, coarse)),
            feature_mask=masks, perturbations_per_eval=TOGETHER,
        )  # fmt: skip
    # Every block reaches the coarse crop: its map alone says what each block is worth.
    loss = np.maximum(sign * found[1][0, 0].float().cpu().numpy(), 0.0)
    each = loss / np.bincount(thin.ravel())[thin]
    return _wide(np.asarray(each, dtype=np.float32))


def blocks_of(shape: list[int]) -> npt.NDArray[np.int64]:
    """Give each network voxel its block: small ones near the centre, larger ones beyond."""
    index = np.indices(shape)
    small, large = (
        np.ravel_multi_index([axis // side for axis in index], [-(-n // side) for n in shape])
        for side in (BLOCK, 2 * BLOCK)
    )
    near = np.ones(shape, dtype=bool)
    for axis, size in zip(index, shape, strict=True):
        side = axis // (2 * BLOCK) * (2 * BLOCK) + BLOCK - size / 2
        near &= np.abs(side) < NEAR
    numbers = np.where(near, small, large + int(small.max()) + 1)
    _, flat = np.unique(numbers, return_inverse=True)
    return np.asarray(flat.reshape(shape), dtype=np.int64)


def joined(fine: Float32Array, coarse: Float32Array) -> Float32Array:
    """Join the maps of both crops as evidence per volume.

    Parameters
    ----------
    fine, coarse
        ``[k, j, i]``; the fine one lies in the middle of the coarse one.

    Returns
    -------
    numpy.ndarray
        float32, `COARSE_FACTOR` times the coarse shape, in network voxels. The candidate's
        hottest voxel has half the shape as its index. The sum is that of both maps.
    """
    out = _wide(np.asarray(coarse / COARSE_FACTOR**3, dtype=np.float32))
    where = tuple(
        slice((big - small) // 2, (big - small) // 2 + small)
        for big, small in zip(out.shape, fine.shape, strict=True)
    )
    out[where] += fine
    return out


def _wide(coarse: Float32Array) -> Float32Array:
    out = coarse
    for axis in range(3):
        out = np.repeat(out, COARSE_FACTOR, axis=axis)
    return np.asarray(out, dtype=np.float32)
