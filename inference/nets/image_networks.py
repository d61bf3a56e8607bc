"""Networks that answer with an image: denoising, super-resolution, synthetic CT.

They answer ``[batch, channel, k, j, i]`` with one value per voxel, a correction in the unit that
`inference.prepare.image_prepare` sets. There is no norm layer at all: the answer of a window hangs
neither on how much air is in it nor on the statistics of a batch.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from inference.nets.dropout import ChannelDropout

_SLOPE = 0.1
_FIRST_GAIN = 0.2


class _Residual(nn.Module):
    """Two 3 x 3 x 3 convolutions beside an identity, weighted by a learnt gain."""

    def __init__(self, channels: int, dropout: nn.Module) -> None:
        super().__init__()
        self.first = nn.Conv3d(channels, channels, 3, 1, 1)
        self.second = nn.Conv3d(channels, channels, 3, 1, 1)
        # A small gain stands for the norm that keeps depth from blowing values up (De and
        # Smith 2020, "Batch normalization biases residual blocks towards the identity").
        self.gain = nn.Parameter(torch.full((1,), _FIRST_GAIN))
        self.dropout = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(nn.functional.leaky_relu(x, _SLOPE))
        y = self.second(nn.functional.leaky_relu(y, _SLOPE))
        out: torch.Tensor = x + self.gain.to(y.dtype) * self.dropout(y)
        return out


class ImageUNet(nn.Module):
    """A small residual 3D U-Net without norms; it starts by answering zero.

    Parameters
    ----------
    in_channels
        Image channels.
    features
        Channels at each resolution, finest first. Sizes of an input must be multiples of
        ``factor * 2 ** (len(features) - 1)``.
    dropout
        Probability at each level, finest first.
    factor
        Voxels along each axis that are folded into channels first and unfolded last: 2 lets a
        network see an image of double size at the cost of the original one.
    """

    def __init__(
        self,
        in_channels: int,
        features: Sequence[int],
        dropout: Sequence[float],
        factor: int = 1,
    ) -> None:
        super().__init__()
        if len(features) < 2 or len(dropout) != len(features):
            raise ValueError("A U-Net needs two levels or more, and one dropout for each.")
        if factor < 1:
            raise ValueError(f"Voxels cannot be folded by {factor}.")
        self.factor = factor
        self.divisor = factor * 2 ** (len(features) - 1)
        self.stem = nn.Conv3d(in_channels * factor**3, features[0], 3, 1, 1)
        self.encoders = nn.ModuleList(
            _Residual(n, ChannelDropout(p, n)) for n, p in zip(features, dropout, strict=True)
        )
        self.downs = nn.ModuleList(nn.Conv3d(a, b, 2, 2) for a, b in pairwise(features))
        self.ups = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, 2) for a, b in pairwise(features))
        self.decoders = nn.ModuleList(
            _Residual(n, ChannelDropout(p, n))
            for n, p in zip(features[:-1], dropout[:-1], strict=True)
        )
        self.head = nn.Conv3d(features[0], factor**3, 3, 1, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One value per voxel, ``[batch, 1, k, j, i]``."""
        return unfold(self.answers(x), self.factor)

    def answers(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the head says of blocks of voxels, ``[batch, n factor^3, k, j, i]``."""
        x = self.stem(fold(x, self.factor))
        skips: list[torch.Tensor] = []
        for level, encoder in enumerate(self.encoders):
            x = encoder(x if level == 0 else self.downs[level - 1](x))
            skips.append(x)
        for level in reversed(range(len(self.decoders))):
            x = self.decoders[level](self.ups[level](x) + skips[level])
        y: torch.Tensor = self.head(nn.functional.leaky_relu(x, _SLOPE))
        return y


class SmoothingUNet(ImageUNet):
    """Chooses at each voxel how far to smooth, and adds a correction: for denoising PET.

    It answers ``sum_b w_b (G_b(pet) - pet) / scale + correction``, where ``G_b`` are Gaussians
    and the weights ``w_b`` (softmax) and the correction come from the U-Net: a kernel of each
    voxel's own from a fixed basis (after Bako et al. 2017, "Kernel-predicting convolutional
    networks for denoising"). It starts as one Gaussian that fits most PETs, so that training goes
    into where to smooth less or more. The channels are those of `inference.prepare.image_prepare`'s
    ``denoise_images``, from which it takes PET and scale back.

    Parameters
    ----------
    in_channels, features, dropout, factor
        As for `ImageUNet`.
    sigmas
        Standard deviations of the Gaussians in voxels, rising; the image itself comes before them.
    start
        Which of the Gaussians (from 0) has most of the weight before training.
    """

    def __init__(
        self,
        in_channels: int,
        features: Sequence[int],
        dropout: Sequence[float],
        factor: int = 1,
        sigmas: Sequence[float] = (0.5, 0.7, 1.0, 1.5),
        start: int = 1,
    ) -> None:
        super().__init__(in_channels, features, dropout, factor)
        if not sigmas or not all(0.0 < a < b for a, b in pairwise(sigmas)):
            raise ValueError(f"Widths of smoothing must rise: {list(sigmas)}.")
        self.sigmas = tuple(float(s) for s in sigmas)
        self.head = nn.Conv3d(features[0], (len(sigmas) + 2) * factor**3, 3, 1, 1)
        nn.init.zeros_(self.head.weight)
        first = torch.zeros(len(sigmas) + 2, factor**3)
        first[1 + start] = _FIRST_LOGIT
        with torch.no_grad():
            assert self.head.bias is not None
            self.head.bias.copy_(first.flatten())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One value per voxel, ``[batch, 1, k, j, i]``."""
        answers = unfold(self.answers(x), self.factor).float()
        weights = torch.softmax(answers[:, :-1], dim=1)
        with torch.autocast(x.device.type, enabled=False):
            bases = self.bases(x.float())
        smoothed: torch.Tensor = (weights[:, 1:] * bases).sum(dim=1, keepdim=True)
        return smoothed + answers[:, -1:]

    def bases(self, x: torch.Tensor) -> torch.Tensor:
        """``(G_b(pet) - pet) / scale`` of each Gaussian, ``[batch, b, k, j, i]``."""
        scale = x[:, 2:3].clamp(min=1e-4)
        pet = 4.0 * x[:, 1:2] ** 2 + scale * torch.sinh(x[:, 0:1])
        # Divided by what of the kernel lies inside, so that a window's border is not drawn to zero.
        inside = torch.ones_like(pet[:1])
        found = [
            (_gaussian(pet, sigma) / _gaussian(inside, sigma) - pet) / scale
            for sigma in self.sigmas
        ]
        return torch.cat(found, dim=1)


_FIRST_LOGIT = 3.0
"""Logit of the Gaussian that a `SmoothingUNet` starts with, the others being 0."""


def _gaussian(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Smooth ``[b, 1, k, j, i]`` along each axis, with zeros beyond the faces.

    Sums of shifted images: a convolution of one channel takes torch ten times as long on a CPU.
    """
    reach = max(1, math.ceil(3.0 * sigma))
    kernel = [math.exp(-0.5 * (n / sigma) ** 2) for n in range(reach + 1)]
    total = kernel[0] + 2.0 * sum(kernel[1:])
    for axis in (2, 3, 4):
        size = x.shape[axis]
        out = x * (kernel[0] / total)
        for n in range(1, min(reach, size - 1) + 1):
            share = kernel[n] / total
            out.narrow(axis, n, size - n).add_(x.narrow(axis, 0, size - n), alpha=share)
            out.narrow(axis, 0, size - n).add_(x.narrow(axis, n, size - n), alpha=share)
        x = out
    return x


def fold(x: torch.Tensor, factor: int) -> torch.Tensor:
    """Blocks of voxels into channels: ``[b, c, f k, f j, f i]`` to ``[b, c f^3, k, j, i]``."""
    if factor == 1:
        return x
    b, c, k, j, i = x.shape
    f = factor
    x = x.reshape(b, c, k // f, f, j // f, f, i // f, f).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return x.reshape(b, c * f**3, k // f, j // f, i // f)


def unfold(x: torch.Tensor, factor: int) -> torch.Tensor:
    """Channels into blocks of voxels: ``[b, n f^3, k, j, i]`` to ``[b, n, f k, f j, f i]``."""
    if factor == 1:
        return x
    b, c, k, j, i = x.shape
    f = factor
    x = x.reshape(b, c // f**3, f, f, f, k, j, i).permute(0, 1, 5, 2, 6, 3, 7, 4)
    return x.reshape(b, c // f**3, k * f, j * f, i * f)
