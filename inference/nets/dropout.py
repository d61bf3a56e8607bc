"""Dropout of whole channels, and Monte Carlo samples of a network.

A channel mask that is drawn once and kept for a whole volume is one sample of the network's weights
(Gal and Ghahramani 2016, "Dropout as a Bayesian approximation"); drawing a new one for every window
would average the samples over the windows and make volume intervals too narrow. `draw_factors`
draws such masks without touching the network, so that every way of running it (see
`inference.engine.runner`) takes the same samples; `enable_monte_carlo` sets them.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class ChannelDropout(nn.Module):
    """Dropout of whole channels, in training or as a fixed Monte Carlo sample.

    Parameters
    ----------
    probability
        Chance of a channel to be silenced, in [0, 1).
    channels
        How many channels it is given.
    """

    def __init__(self, probability: float, channels: int) -> None:
        super().__init__()
        if not 0.0 <= probability < 1.0:
            raise ValueError(f"A dropout probability lies in [0, 1), not {probability}.")
        self.probability = probability
        self.channels = channels
        self.factors: torch.Tensor | None = None
        """What each channel is multiplied by, ``[channels]``; ``None`` for no sample."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Silence channels of ``[batch, channel, ...]``; the expected value stays the same."""
        if self.factors is not None:
            shape = (1, -1) + (1,) * (x.dim() - 2)
            return x * self.factors.to(x.device, x.dtype).reshape(shape)
        if not self.training or self.probability == 0.0:
            return x
        shape = x.shape[:2] + (1,) * (x.dim() - 2)
        keep = torch.rand(shape, device=x.device) >= self.probability
        return x * (keep.to(x.dtype) / (1.0 - self.probability))


def sampled_layers(network: nn.Module) -> list[ChannelDropout]:
    """Return the dropouts that silence anything, in the network's order."""
    return [m for m in _layers(network) if m.probability > 0.0]


def draw_factors(network: nn.Module, seed: int | None) -> list[torch.Tensor]:
    """Draw one sample: the factors of each of `sampled_layers`, float32 ``[channels]``.

    Parameters
    ----------
    network
        Not changed.
    seed
        Fixes all masks; ``None`` gives the mean weights, whose factors are 1.
    """
    if seed is None:
        return [torch.ones(layer.channels) for layer in sampled_layers(network)]
    generator = torch.Generator().manual_seed(seed)
    factors = []
    for layer in _layers(network):
        # One generator per layer: what one layer draws cannot change the masks of the next.
        own = torch.Generator().manual_seed(
            int(torch.randint(0, 2**31 - 1, (1,), generator=generator))
        )
        if layer.probability > 0.0:
            keep = torch.rand(layer.channels, generator=own) >= layer.probability
            factors.append(keep.float() / (1.0 - layer.probability))
    return factors


def set_factors(network: nn.Module, factors: Sequence[torch.Tensor] | None) -> None:
    """Set the factors of `sampled_layers`; ``None`` switches dropout off (the mean weights)."""
    layers = sampled_layers(network)
    own: Sequence[torch.Tensor | None] = [None] * len(layers) if factors is None else factors
    for layer, values in zip(layers, own, strict=True):
        layer.factors = values


def enable_monte_carlo(network: nn.Module, seed: int) -> None:
    """Switch every dropout on with masks that the seed fixes, until changed.

    The network is put into evaluation mode. Every window of a volume then passes through the same
    sampled network; call again with another seed for the next sample.
    """
    network.eval()
    parameter = next(network.parameters(), None)
    where = torch.device("cpu") if parameter is None else parameter.device
    set_factors(network, [x.to(where) for x in draw_factors(network, seed)])


def disable_monte_carlo(network: nn.Module) -> None:
    """Switch dropout off: the network answers with its mean weights."""
    network.eval()
    set_factors(network, None)


def _layers(network: nn.Module) -> list[ChannelDropout]:
    return [m for m in network.modules() if isinstance(m, ChannelDropout)]
