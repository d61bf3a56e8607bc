"""How close a derived image is to the real one: PSNR, SSIM, NRMSE, lesion bias, HU by tissue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

TISSUES_HU = {"air": (-1e9, -200.0), "fat": (-200.0, -20.0), "soft": (-20.0, 150.0),
              "bone": (150.0, 1e9)}  # fmt: skip
"""Tissues by the real CT's HU inside the body: from, up to."""


def psnr(image: FloatArray, truth: FloatArray, body: BoolArray) -> float:
    """Peak signal-to-noise ratio in dB inside the body; the peak is the truth's maximum there."""
    error = float(np.mean((image[body] - truth[body]).astype(np.float64) ** 2))
    return float(10.0 * np.log10(float(truth[body].max()) ** 2 / max(error, 1e-20)))


def nrmse(image: FloatArray, truth: FloatArray, body: BoolArray) -> float:
    """Root of the mean squared error over the truth's mean, inside the body."""
    error = float(np.mean((image[body] - truth[body]).astype(np.float64) ** 2))
    return float(np.sqrt(error) / np.mean(truth[body], dtype=np.float64))


def ssim(image: FloatArray, truth: FloatArray, body: BoolArray) -> float:
    """Mean structural similarity inside the body (Wang et al. 2004).

    Gaussian window of 1.5 voxels, K1 0.01, K2 0.03; the range is the truth's maximum in the body.
    """
    span = float(truth[body].max())
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    x, y = image.astype(np.float64), truth.astype(np.float64)

    def mean(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return ndimage.gaussian_filter(z, 1.5, truncate=3.5)

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    value = ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(value[body].mean())


def pet_quality(
    image: FloatArray, truth: FloatArray, body: BoolArray, lesion: BoolArray
) -> dict[str, float]:
    """PSNR, SSIM, NRMSE in the body, and the bias in % of the lesion's SUVmean and SUVmax."""
    out = {
        "psnr_db": psnr(image, truth, body),
        "ssim": ssim(image, truth, body),
        "nrmse": nrmse(image, truth, body),
        "lesion_mean_bias_percent": float("nan"),
        "lesion_max_bias_percent": float("nan"),
    }
    if lesion.any():
        for name, value in (("mean", np.mean), ("max", np.max)):
            real = float(value(truth[lesion]))
            bias = 100.0 * (float(value(image[lesion])) / real - 1.0) if real else float("nan")
            out[f"lesion_{name}_bias_percent"] = bias
    return out


def hu_errors(image: FloatArray, truth: FloatArray, body: BoolArray) -> dict[str, float]:
    """Mean absolute error and mean error in HU inside the body, whole and by tissue.

    A tissue of fewer than 50 voxels has no error (NaN).
    """
    error = image - truth
    out = {"mae_hu": float(np.abs(error[body]).mean()), "bias_hu": float(error[body].mean())}
    for name, (low, high) in TISSUES_HU.items():
        here = body & (truth >= low) & (truth < high)
        enough = int(here.sum()) >= 50
        out[f"mae_{name}_hu"] = float(np.abs(error[here]).mean()) if enough else float("nan")
        out[f"bias_{name}_hu"] = float(error[here].mean()) if enough else float("nan")
    return out
