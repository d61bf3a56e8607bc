"""The same network, laid out for speed on the device where it runs.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

FEW = 8
"""Convolutions with at most this many input channels read images."""


def quicken(network: nn.Module, device: str, *, mixed: bool) -> nn.Module:
    """Move a network to its device and lay it out for speed, in place.

    On the CPU every plain `InstanceNorm3d` becomes the `GroupNorm` with one channel in a group,
    which is the same sum and division, and the weights are laid out channels last. PyTorch's
    instance norm copies its input to another layout and back at every call; its group norm does
    not. Measured on one core with AMX, bfloat16, windows of 64 x 64 x 80: 0.14 s instead of
    0.27 s (float32 as it comes: 0.67 s).

    In bfloat16 the images and what is first computed of them keep more than its eight bits
    (`SplitConv3d`): rounding SUV and HU shifts whole outlines. Measured on validation patients:
    Dice to the float32 outlines 0.998 with that rounding, 0.9995 to 1.0 without, in the same time.

    Parameters
    ----------
    network
        In evaluation mode. Answers are the same up to rounding. In mixed precision it must be run
        under autocast, as `inference.engine.torch_runner` does.
    device
        A torch device name.
    mixed
        Whether convolutions run in mixed precision.
    """
    network = network.to(device)
    if device != "cpu":
        return network
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.InstanceNorm3d) and not child.track_running_stats:
                setattr(parent, name, _group_norm(child))
            elif mixed and isinstance(child, nn.Conv3d) and _reads_images(child):
                # Only an instance norm takes a constant off again; a batch norm does not.
                norm = getattr(parent, f"{name}_norm", None)
                before_norm = isinstance(norm, nn.InstanceNorm3d | nn.GroupNorm)
                setattr(parent, name, SplitConv3d(child, before_norm))
    if mixed:
        layout = torch.channels_last_3d
        network = cast(nn.Module, network.to(memory_format=layout))  # type: ignore[call-overload]
    return network


class SplitConv3d(nn.Module):
    """A convolution in bfloat16 whose inputs and weights keep 16 bits.

    ``x = a + b`` and ``w = u + v`` with bfloat16 parts, so ``x w = a u + b u + a v`` up to the
    product of the two small parts. The three products are one convolution of thrice the channels,
    which costs next to nothing where matrix tiles are wider than that.

    Parameters
    ----------
    conv
        The convolution in float32.
    before_norm
        Whether an instance norm follows. Then the mean answer is taken off before the answer is
        rounded, so that rounding is relative to the contrast and not to the offset; the norm takes
        any constant off again.
    """

    def __init__(self, conv: nn.Conv3d, before_norm: bool) -> None:
        super().__init__()
        self.before_norm = before_norm
        high, low = _halves(conv.weight.detach())
        self.weight = nn.Parameter(torch.cat([high, high, low], dim=1), requires_grad=False)
        bias = None if conv.bias is None else conv.bias.detach().bfloat16()
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)
        self.stride, self.padding = conv.stride, conv.padding
        self.dilation = conv.dilation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve ``[batch, channel, k, j, i]``; the answer is bfloat16."""
        high, low = _halves(x)
        parts = torch.cat([high, low, high], dim=1)
        bias: torch.Tensor | None = self.bias
        if self.before_norm:
            mean = parts.mean(dim=(0, 2, 3, 4), dtype=torch.float32)
            bias = -(self.weight.sum(dim=(2, 3, 4), dtype=torch.float32) @ mean).bfloat16()
        return nn.functional.conv3d(
            parts, self.weight, bias, self.stride, self.padding, self.dilation
        )


def _reads_images(conv: nn.Conv3d) -> bool:
    return conv.in_channels <= FEW and conv.groups == 1 and conv.padding_mode == "zeros"


def _halves(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    high = x.bfloat16()
    return high, (x.float() - high.float()).bfloat16()


def _group_norm(norm: nn.InstanceNorm3d) -> nn.GroupNorm:
    """Return the group norm that computes what an instance norm does, with its parameters."""
    channels = norm.num_features
    group = nn.GroupNorm(channels, channels, eps=norm.eps, affine=norm.affine)
    if norm.affine:
        group.weight, group.bias = norm.weight, norm.bias
    return group.train(norm.training)
