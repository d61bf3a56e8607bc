"""The port between the engine and what computes networks.

The engine cuts volumes into windows, draws samples and adds up answers; a `Runner` is all that it
knows of the network that answers. An execution back end is one module beside this one that is a
`BackEnd` (`inference.engine.torch_runner` is one), and one entry in the table of
`inference.engine.choose_runner`.

No torch at module top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.core.models.card import ModelCard

if TYPE_CHECKING:
    import torch
    from torch import nn

#: What a network can raise when an image or its own code is not as it expects.
NETWORK_ERRORS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class RunnerInfo:
    """What computed an answer.

    Parameters
    ----------
    name, version
        The back end and the version of its library.
    precision
        Number format of the convolutions: ``float32``, ``bfloat16`` or ``float16``.
    weights_sha256
        Hash of the weights file; empty for a network that came from none.
    """

    name: str
    version: str
    precision: str
    weights_sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}, {self.precision}"


@dataclass(frozen=True)
class Plan:
    """What a network is to be run on.

    Parameters
    ----------
    shapes
        Channels and patch of each input, ``[C, k, j, i]``, without the batch.
    device
        A torch device name.
    mixed
        Whether convolutions may run in bfloat16 (CPU) or float16 (CUDA).
    weights_sha256
        Hash of the weights file. Without one nothing is remembered of this network.
    network
        What the package's card says of the network's shape.
    """

    shapes: tuple[tuple[int, ...], ...]
    device: str = "cpu"
    mixed: bool = False
    weights_sha256: str = ""
    network: str = ""

    @classmethod
    def of(
        cls, card: ModelCard, shapes: tuple[tuple[int, ...], ...], device: str, *, mixed: bool
    ) -> Plan:
        """Return the plan for the network of a package."""
        return cls(shapes, device, mixed, card.weights_sha256, repr(sorted(card.network.items())))


class Runner(Protocol):
    """A network, ready to answer on one device. Used by one thread at a time."""

    @property
    def info(self) -> RunnerInfo:
        """What computes."""

    @property
    def device(self) -> str:
        """Where the tensors lie that it takes and gives."""

    def start_sample(self, seed: int | None) -> None:
        """Answer as the Monte Carlo sample that the seed fixes; ``None``: with mean weights."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Answer a batch of patches in float32, without gradients.

        Parameters
        ----------
        inputs
            float32 ``[batch, C, k, j, i]`` on the runner's device, of the plan's shapes.
        """


class BackEnd(Protocol):
    """A way to run networks: what each such module holds."""

    NAME: str
    """Short name, for the setting and the provenance."""

    def version(self) -> str | None:
        """Version of its library; ``None`` where that is not installed."""

    def allows(self, plan: Plan) -> bool:
        """Whether it can do this at all."""

    def load(self, network: nn.Module, plan: Plan) -> Runner:
        """Make a network ready. The network in evaluation mode is left as it is.

        Raises
        ------
        RunnerError
            If this back end cannot run it.
        """


class RunnerError(Exception):
    """A back end cannot run a network, or stopped; torch takes its place.

    Parameters
    ----------
    lasting
        Whether it never will with these versions (an operation that it does not know): only then is
        it worth remembering. Lack of memory or a broken installation may be over tomorrow.
    """

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting
