"""The same network, laid out for speed on the device where it runs.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from inference.sliding import SlidingSettings


def quicken(network: nn.Module, settings: SlidingSettings) -> nn.Module:
    """Move a network to its device and lay it out for speed, in place.

    On the CPU every plain `InstanceNorm3d` becomes the `GroupNorm` with one channel in a group,
    which is the same sum and division, and the weights are laid out channels last. PyTorch's
    instance norm copies its input to another layout and back at every call; its group norm does
    not. Measured on one core with AMX, bfloat16, windows of 64 x 64 x 80: 0.14 s instead of
    0.27 s (float32 as it comes: 0.67 s).

    Parameters
    ----------
    network
        In evaluation mode. Answers are the same up to rounding.
    settings
        Says the device, and whether convolutions run in mixed precision.
    """
    network = network.to(settings.device)
    if settings.device != "cpu":
        return network
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.InstanceNorm3d) and not child.track_running_stats:
                setattr(parent, name, _group_norm(child))
    if settings.mixed:
        layout = torch.channels_last_3d
        network = cast(nn.Module, network.to(memory_format=layout))  # type: ignore[call-overload]
    return network


def _group_norm(norm: nn.InstanceNorm3d) -> nn.GroupNorm:
    """Return the group norm that computes what an instance norm does, with its parameters."""
    channels = norm.num_features
    group = nn.GroupNorm(channels, channels, eps=norm.eps, affine=norm.affine)
    if norm.affine:
        group.weight, group.bias = norm.weight, norm.bias
    return group.train(norm.training)
