"""The networks of the program's own model packages, built from plain arguments.

Both take and give ``[batch, channel, k, j, i]`` tensors and answer with one logit (sigmoid gives
the probability). Both carry channel dropout (`inference.nets.dropout`), from which Monte Carlo
samples come.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from inference.nets.dropout import ChannelDropout
from inference.nets.image_networks import ImageUNet, SmoothingUNet

_SLOPE = 0.01


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
        self.dropout = ChannelDropout(dropout, outside)

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
                    ChannelDropout(dropout, outside),
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
            ChannelDropout(head, joined),
            nn.Linear(joined, hidden),
            nn.LeakyReLU(_SLOPE),
            ChannelDropout(head, hidden),
            nn.Linear(hidden, 1),
        )

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Logit ``[batch]`` of each candidate, before temperature scaling."""
        joined = torch.cat([self.fine(fine), self.coarse(coarse)], dim=1)
        logit: torch.Tensor = self.head(joined)[:, 0]
        return logit


class CandidateFeatures(nn.Module):
    """The two branches of a score network: it answers with what enters the head."""

    def __init__(self, network: CandidateScoreNet) -> None:
        super().__init__()
        self.fine, self.coarse = network.fine, network.coarse

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Features ``[batch, features]`` of each candidate."""
        return torch.cat([self.fine(fine), self.coarse(coarse)], dim=1)


def divisor_of(network: nn.Module) -> int:
    """Return the number that the sizes of a network's inputs must be multiples of."""
    return int(getattr(network, "divisor", 16))


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
