"""Starting the device before the first search. torch is imported when asked for."""

from __future__ import annotations

from inference.engine.devices import choose_device, use_threads


def warm_up(name: str = "auto") -> str:
    """Import torch and start the device, so that the first search does not wait for it.

    Call it on the device thread once the window is shown.

    Returns
    -------
    str
        The device that `choose_device` gives.
    """
    import torch

    use_threads()
    device = choose_device(name)
    with torch.inference_mode():
        # The first convolution loads the kernel library.
        layer = torch.nn.Conv3d(1, 1, 3).to(device)
        layer(torch.zeros((1, 1, 8, 8, 8), device=device))
    return device
