"""Running networks with torch: the back end that is always there, on a CPU or a CUDA GPU.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from inference.engine.quicken import quicken
from inference.engine.runner import Plan, Runner, RunnerInfo
from inference.nets.dropout import disable_monte_carlo, enable_monte_carlo

NAME = "torch"


def version() -> str:
    """Version of torch."""
    return str(torch.__version__)


def allows(plan: Plan) -> bool:  # noqa: ARG001 - the port's signature
    """Torch runs everything."""
    return True


def load(network: nn.Module, plan: Plan) -> Runner:
    """Copy a network and lay it out for speed on the plan's device."""
    return TorchRunner(network, plan)


class TorchRunner:
    """A network's copy in torch, laid out by `inference.engine.quicken.quicken`.

    Parameters
    ----------
    network
        In evaluation mode; left as it is.
    plan
        Device and precision; the shapes may be others than it says.
    """

    def __init__(self, network: nn.Module, plan: Plan) -> None:
        self._network = quicken(copy.deepcopy(network), plan.device, mixed=plan.mixed).eval()
        disable_monte_carlo(self._network)
        self._kind = torch.device(plan.device).type
        self._half = torch.float16 if self._kind == "cuda" else torch.bfloat16
        self._mixed = plan.mixed
        self.device = plan.device
        precision = str(self._half if plan.mixed else torch.float32).removeprefix("torch.")
        self.info = RunnerInfo(NAME, version(), precision, plan.weights_sha256)

    def start_sample(self, seed: int | None) -> None:
        """See `inference.engine.runner.Runner`."""
        if seed is None:
            disable_monte_carlo(self._network)
        else:
            enable_monte_carlo(self._network, seed)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """See `inference.engine.runner.Runner`."""
        with torch.inference_mode(), self._repeatable(), self._precision():
            answer: torch.Tensor = self._network(*inputs)
            return answer.float()

    def _precision(self) -> AbstractContextManager[None]:
        return torch.autocast(self._kind, dtype=self._half) if self._mixed else nullcontext()

    def _repeatable(self) -> AbstractContextManager[None]:
        """Return a context in which the same input gives the same answer on a GPU too."""
        if self._kind != "cuda":
            return nullcontext()
        flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True
        )
        return flags
