"""Where networks run: the CPU or a CUDA GPU. torch is imported when first asked for."""

from __future__ import annotations

import os
import re

from app.core.kit.errors import ModelError

#: More threads than this gain nothing on the small windows of a sliding window.
MOST_THREADS = 16


def choose_device(name: str = "auto") -> str:
    """Resolve ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` to a device that is there.

    Raises
    ------
    ModelError
        If the name is none of these, or the GPU is not there.
    """
    wanted = name.strip().lower()
    if wanted == "cpu":
        return "cpu"
    match = re.fullmatch(r"cuda(?::(\d+))?", wanted)
    if wanted != "auto" and match is None:
        raise ModelError(f"There is no device named {name!r}.", "Use auto, cpu or cuda:0.")
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if match is None:
        return "cuda:0" if count else "cpu"
    number = int(match.group(1) or 0)
    if number < count:
        return f"cuda:{number}"
    there = ", ".join(f"cuda:{n}" for n in range(count))
    raise ModelError(
        f"This machine has no device cuda:{number}.",
        f"Use {there} or cpu." if count else "It has no usable CUDA GPU; use cpu or auto.",
    )


def has_fast_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices in hardware (AMX tiles, AVX-512 BF16)."""
    import torch

    found = torch.cpu.get_capabilities()
    return bool(found.get("amx_bf16", False) or found.get("avx512_bf16", False))


def threads_for(cores: int) -> int:
    """Threads of torch for a number of cores: one is left to the window where there are many."""
    return max(1, min(MOST_THREADS, cores - 1 if cores >= 4 else cores))


def use_threads() -> int:
    """Set the number of torch's threads for this process and return it.

    A person who has set ``OMP_NUM_THREADS`` has chosen; then nothing is changed.
    """
    import torch

    if "OMP_NUM_THREADS" in os.environ:
        return torch.get_num_threads()
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    threads = threads_for(cores)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    return threads
