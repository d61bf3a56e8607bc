"""Running networks with OpenVINO on a CPU, in float32.

For processors without bfloat16, where it takes less than half of torch's time (decision 5). It is
an extra: without the package nothing here is used. A network is traced in memory, handed to
OpenVINO's PyTorch front end and compiled for one patch; nothing that stands in a file of weights is
executed. The factors of Monte Carlo dropout are inputs of the compiled network, so that a sample is
the same network as in torch.

`openvino.convert_model` is not used: where ``openvino_telemetry`` is installed, as pip does, it
sends usage data to its maker without asking. The front end sends nothing.

torch is imported at module top, OpenVINO when a network is loaded: import this module inside
functions only.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from inference.engine import runner_cache
from inference.engine.runner import Plan, Runner, RunnerError, RunnerInfo
from inference.nets.dropout import draw_factors, set_factors

FloatArray = npt.NDArray[np.float32]

NAME = "openvino"
PRECISION = "float32"

#: What OpenVINO, a broken installation of it, and tracing raise.
_ERRORS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, ImportError, OSError)

log = logging.getLogger(__name__)


def version() -> str | None:
    """Version of OpenVINO, without importing it; ``None`` where it is not installed."""
    try:
        return installed_version("openvino")
    except PackageNotFoundError:
        return None


def allows(plan: Plan) -> bool:
    """Only the CPU; there it computes in float32, whatever the plan allows."""
    return plan.device == "cpu"


def load(network: nn.Module, plan: Plan) -> Runner:
    """Compile a network for the plan's patch, or take what was compiled before.

    Raises
    ------
    RunnerError
        If OpenVINO cannot be loaded, or cannot convert or compile the network.
    """
    try:
        return OpenVinoRunner(network, plan, _compiled(network, plan))
    except _ERRORS as error:
        raise RunnerError(f"OpenVINO cannot run this network ({type(error).__name__})") from error


class OpenVinoRunner:
    """A network compiled for one patch; the windows of a batch follow one another.

    Parameters
    ----------
    network
        What was compiled; it draws the samples.
    plan
        Its shapes are the patch.
    compiled
        An ``openvino.CompiledModel`` whose first inputs are the plan's and whose others are the
        factors of the network's sampled layers.
    """

    device = "cpu"

    def __init__(self, network: nn.Module, plan: Plan, compiled: Any) -> None:
        self._network, self._shapes = network, plan.shapes
        self._request = compiled.create_infer_request()
        self._held: dict[int, FloatArray] = {}
        self.info = RunnerInfo(NAME, version() or "", PRECISION, plan.weights_sha256)
        self.start_sample(None)

    def start_sample(self, seed: int | None) -> None:
        """See `inference.engine.runner.Runner`."""
        for n, factors in enumerate(draw_factors(self._network, seed), start=len(self._shapes)):
            self._set_input(n, factors.numpy())

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """See `inference.engine.runner.Runner`.

        Raises
        ------
        RunnerError
            If OpenVINO stops.
        ValueError
            If an input is not of the compiled patch's shape.
        """
        for x, shape in zip(inputs, self._shapes, strict=True):
            if tuple(x.shape[1:]) != tuple(shape):
                raise ValueError(f"A patch of {tuple(x.shape[1:])} was compiled as {shape}.")
        answers = []
        for row in range(inputs[0].shape[0]):
            for n, x in enumerate(inputs):
                self._set_input(n, x[row : row + 1].float().contiguous().numpy())
            try:
                self._request.infer()
            except RuntimeError as error:
                raise RunnerError("OpenVINO stopped while it computed") from error
            answers.append(np.array(self._request.get_output_tensor(0).data))
        return torch.from_numpy(np.concatenate(answers))

    def _set_input(self, n: int, array: FloatArray) -> None:
        from openvino import Tensor

        # It reads the array where it lies, and does not keep it alive.
        self._held[n] = array
        self._request.set_input_tensor(n, Tensor(array, shared_memory=True))


def _compiled(network: nn.Module, plan: Plan) -> Any:
    """Return the compiled network, from the cache where it holds it as it was written."""
    from openvino import Core

    core, config = Core(), _config()
    name = runner_cache.key_of(network, plan, f"openvino {version()}", f"torch {torch.__version__}")
    name += ".compiled"
    data = runner_cache.read(name) if plan.weights_sha256 else None
    if data is not None:
        try:
            return core.import_model(io.BytesIO(data), "CPU", config)
        except RuntimeError as error:
            log.warning("A compiled network is made anew (%s)", type(error).__name__)
    compiled = core.compile_model(_converted(network, plan), "CPU", config)
    if plan.weights_sha256:
        runner_cache.write(name, compiled.export_model().getvalue())
    return compiled


def _config() -> Mapping[str, Any]:
    """One window at a time on torch's number of threads, and no number format but float32."""
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }


class _WithFactors(nn.Module):
    """A network whose dropout factors come in behind its own inputs."""

    def __init__(self, network: nn.Module, inputs: int) -> None:
        super().__init__()
        self.network, self._inputs = network, inputs

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        set_factors(self.network, given[self._inputs :])
        answer: torch.Tensor = self.network(*given[: self._inputs])
        return answer.float()


def _converted(network: nn.Module, plan: Plan) -> Any:
    """Trace a network at the plan's patch and convert it, as an ``openvino.Model``.

    Raises
    ------
    RunnerError
        If the network does something that OpenVINO knows no operation for.
    """
    from openvino import PartialShape, frontend
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    given = [torch.zeros(1, *shape) for shape in plan.shapes]
    given += draw_factors(network, None)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # That a trace holds for one shape alone is what is wanted here.
            warnings.simplefilter("ignore")
            traced = torch.jit.trace(  # type: ignore[no-untyped-call]
                _WithFactors(network, len(plan.shapes)).eval(), tuple(given), check_trace=False
            )
            decoder = TorchScriptPythonDecoder(traced, shared_memory=False)
    finally:
        set_factors(network, None)
    failures = (
        frontend.GeneralFailure, frontend.InitializationFailure, frontend.NotImplementedFailure,
        frontend.OpConversionFailure, frontend.OpValidationFailure,
    )  # fmt: skip
    unknown = frontend.NotImplementedFailure, frontend.OpConversionFailure
    front_end = frontend.FrontEndManager().load_by_framework("pytorch")
    try:
        model = front_end.convert(front_end.load(decoder))
    except failures as error:
        said = f"OpenVINO cannot convert {type(network).__name__}"
        raise RunnerError(said, lasting=isinstance(error, unknown)) from error
    model.reshape(
        {port: PartialShape(list(x.shape)) for port, x in zip(model.inputs, given, strict=True)}
    )
    return model
