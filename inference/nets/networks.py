"""The networks of the program's own model packages, built from plain arguments.

Both take and give ``[batch, channel, k, j, i]`` tensors and answer with one logit (sigmoid gives
the probability). Both carry channel dropout. A channel mask that is drawn once and kept for a
whole volume is one sample of the network's weights (Gal and Ghahramani 2016, "Dropout as a
Bayesian approximation"); drawing a new one for every window would average the samples over the
windows and make volume intervals too narrow. `enable_monte_carlo` draws and keeps such masks.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from inference.nets.image_networks import ImageUNet, SmoothingUNet

_SLOPE = 0.01


class ChannelDropout(nn.Module):
    """Dropout of whole channels, in training or as a fixed Monte Carlo sample.

    Parameters
    ----------
    probability
        Chance of a channel to be silenced, in [0, 1).
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        if not 0.0 <= probability < 1.0:
            raise ValueError(f"A dropout probability lies in [0, 1), not {probability}.")
        self.probability = probability
        self.generator: torch.Generator | None = None
        self.mask: torch.Tensor | None = None

    def start_sample(self, generator: torch.Generator | None) -> None:
        """Draw a new mask at the next pass and keep it; ``None`` ends sampling."""
        self.generator = generator
        self.mask = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Silence channels of ``[batch, channel, ...]``; the expected value stays the same."""
        if self.probability == 0.0:
            return x
        if self.generator is not None:
            if self.mask is None or self.mask.shape[0] != x.shape[1]:
                self.mask = torch.rand(x.shape[1], generator=self.generator)
            keep = (self.mask >= self.probability).to(x.device, x.dtype)
            shape = (1, -1) + (1,) * (x.dim() - 2)
            return x * (keep / (1.0 - self.probability)).reshape(shape)
        if not self.training:
            return x
        shape = x.shape[:2] + (1,) * (x.dim() - 2)
        keep = torch.rand(shape, device=x.device) >= self.probability
        return x * (keep.to(x.dtype) / (1.0 - self.probability))


def enable_monte_carlo(network: nn.Module, seed: int) -> None:
    """Switch every dropout on with masks that the seed fixes, until changed.

    The network stays in evaluation mode. Every window of a volume then passes through the same
    sampled network; call again with another seed for the next sample.
    """
    network.eval()
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, ChannelDropout):
            # One generator per layer: the order of first use cannot change the masks.
            own = int(torch.randint(0, 2**31 - 1, (1,), generator=generator))
            module.start_sample(torch.Generator().manual_seed(own))


def disable_monte_carlo(network: nn.Module) -> None:
    """Switch dropout off: the network answers with its mean weights."""
    network.eval()
    for module in network.modules():
        if isinstance(module, ChannelDropout):
            module.start_sample(None)


def _norm(kind: str, channels: int) -> nn.Module:
    """Return ``instance`` norm, or ``batch`` norm, whose answer no window's content can shift."""
    if kind == "instance":
        return nn.InstanceNorm3d(channels, affine=True)
    if kind == "batch":
        return nn.BatchNorm3d(channels)
    raise ValueError(f"No norm is named {kind!r}; known: instance, batch.")


class _Block(nn.Module):
    """Two 3 x 3 x 3 convolutions with norms around a shortcut, then dropout."""

    def __init__(self, inside: int, outside: int, stride: int, dropout: float, norm: str) -> None:
        super().__init__()
        self.first = nn.Conv3d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = _norm(norm, outside)
        self.second = nn.Conv3d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = _norm(norm, outside)
        plain = inside == outside and stride == 1
        self.shortcut = None if plain else nn.Conv3d(inside, outside, 1, stride, bias=False)
        self.dropout = ChannelDropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.leaky_relu(self.first_norm(self.first(x)), _SLOPE)
        y = self.second_norm(self.second(y))
        y = y + (x if self.shortcut is None else self.shortcut(x))
        out: torch.Tensor = self.dropout(nn.functional.leaky_relu(y, _SLOPE))
        return out


class LesionUNet(nn.Module):
    """A residual 3D U-Net with channel dropout and deep supervision.

    Parameters
    ----------
    in_channels
        Image channels (see `inference.prepare.prepare.segmentation_channels`).
    features
        Channels at each resolution, finest first; sizes of an input must be multiples of
        ``2 ** (len(features) - 1)``.
    dropout
        Probability at each level, finest first; used by the encoder and the decoder.
    out_channels
        Logits per voxel.
    norm
        ``instance`` or ``batch``.
    organs
        Number of organ classes beside the lesion (``out_channels`` must be 1). A softmax over
        lesion and organs then gives the lesion's logit: evidence for an organ counts against a
        lesion. Organs need labels in training only.
    """

    def __init__(
        self,
        in_channels: int,
        features: Sequence[int],
        dropout: Sequence[float],
        out_channels: int = 1,
        norm: str = "instance",
        organs: int = 0,
    ) -> None:
        super().__init__()
        if len(features) < 2 or len(dropout) != len(features):
            raise ValueError("A U-Net needs two levels or more, and one dropout for each.")
        if organs and out_channels != 1:
            raise ValueError("Organ classes go with one lesion channel.")
        self.organs = organs
        self.divisor = 2 ** (len(features) - 1)
        self.encoders = nn.ModuleList([_Block(in_channels, features[0], 1, dropout[0], norm)])
        for (fine, coarse), p in zip(pairwise(features), dropout[1:], strict=True):
            self.encoders.append(_Block(fine, coarse, 2, p, norm))
        self.ups = nn.ModuleList()
        self.decoders = nn.ModuleList()
        self.heads = nn.ModuleList()
        for (fine, coarse), p in zip(pairwise(features), dropout[:-1], strict=True):
            self.ups.append(nn.ConvTranspose3d(coarse, fine, 2, 2))
            self.decoders.append(_Block(2 * fine, fine, 1, p, norm))
            self.heads.append(nn.Conv3d(fine, out_channels + organs, 1))

    def forward_deep(self, x: torch.Tensor, levels: int = 3) -> list[torch.Tensor]:
        """Lesion logits at the finest ``levels`` resolutions, finest first."""
        return [self.lesion_logit(z) for z in self.forward_classes(x, levels)]

    def forward_classes(self, x: torch.Tensor, levels: int = 3) -> list[torch.Tensor]:
        """Logits of lesion and organs, ``[batch, 1 + organs, k, j, i]``, finest first."""
        return [self.heads[n](y) for n, y in enumerate(self._decoded(x)[:levels])]

    def lesion_logit(self, classes: torch.Tensor) -> torch.Tensor:
        """Log odds of lesion against everything else."""
        if not self.organs:
            return classes
        rest = torch.logsumexp(classes[:, 1:].float(), dim=1, keepdim=True)
        return classes[:, :1].float() - rest

    def _decoded(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Features of the decoder, finest first."""
        skips: list[torch.Tensor] = []
        for encoder in self.encoders:
            x = encoder(x)
            skips.append(x)
        outputs: list[torch.Tensor] = []
        for level in reversed(range(len(self.decoders))):
            x = self.decoders[level](torch.cat([self.ups[level](x), skips[level]], dim=1))
            outputs.append(x)
        return outputs[::-1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits ``[batch, out_channels, k, j, i]`` at the input's resolution."""
        return self.forward_deep(x, levels=1)[0]


class _Branch(nn.Module):
    """A stack of strided convolutions with batch norm that ends in one vector."""

    def __init__(self, in_channels: int, features: Sequence[int], dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for level, (inside, outside) in enumerate(pairwise([in_channels, *features])):
            stride = 1 if level == 0 else 2
            layers += [
                nn.Conv3d(inside, outside, 3, stride, 1, bias=False),
                nn.BatchNorm3d(outside),
                nn.LeakyReLU(_SLOPE),
            ]
            if level:
                layers += [
                    nn.Conv3d(outside, outside, 3, 1, 1, bias=False),
                    nn.BatchNorm3d(outside),
                    nn.LeakyReLU(_SLOPE),
                    ChannelDropout(dropout),
                ]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layers(x)
        return torch.cat([y.mean(dim=(2, 3, 4)), y.amax(dim=(2, 3, 4))], dim=1)


class CandidateScoreNet(nn.Module):
    """Scores a candidate as lesion (1) or physiological uptake (0) from two crops.

    Parameters
    ----------
    in_channels
        Channels of each crop: the image channels and the candidate's mask.
    fine_features, coarse_features
        Channels at each resolution of the two branches.
    hidden
        Width of the head.
    dropout
        Probability in the branches; the head uses twice as much, at most 0.5.
    """

    def __init__(
        self,
        in_channels: int,
        fine_features: Sequence[int],
        coarse_features: Sequence[int],
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.fine = _Branch(in_channels, fine_features, dropout)
        self.coarse = _Branch(in_channels, coarse_features, dropout)
        joined = 2 * (fine_features[-1] + coarse_features[-1])
        head = min(0.5, 2.0 * dropout)
        self.head = nn.Sequential(
            ChannelDropout(head),
            nn.Linear(joined, hidden),
            nn.LeakyReLU(_SLOPE),
            ChannelDropout(head),
            nn.Linear(hidden, 1),
        )

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Logit ``[batch]`` of each candidate, before temperature scaling."""
        joined = torch.cat([self.fine(fine), self.coarse(coarse)], dim=1)
        logit: torch.Tensor = self.head(joined)[:, 0]
        return logit


_NETWORKS: dict[str, type[nn.Module]] = {
    "LesionUNet": LesionUNet,
    "CandidateScoreNet": CandidateScoreNet,
    "ImageUNet": ImageUNet,
    "SmoothingUNet": SmoothingUNet,
}


def build_network(class_name: str, args: Mapping[str, Any]) -> nn.Module:
    """Build a network of this module from the plain arguments of a model card.

    Raises
    ------
    KeyError
        If no network has that name.
    TypeError, ValueError
        If the arguments do not fit it.
    """
    if class_name not in _NETWORKS:
        known = ", ".join(sorted(_NETWORKS))
        raise KeyError(f"No network is named {class_name!r}; known: {known}.")
    return _NETWORKS[class_name](**dict(args))
