"""How far a candidate lies from what the score network was trained on. No torch here.

Class-conditional Mahalanobis distance in feature space (Lee et al. 2018, "A simple unified
framework for detecting out-of-distribution samples and adversarial attacks"): a mean for lesions
and one for physiological uptake, one covariance for both, the smaller of the two distances. The
covariance is shrunk towards a multiple of the identity (Ledoit and Wolf 2004, "A well-conditioned
estimator for large-dimensional covariance matrices").

Features are what enters the network's head: mean and maximum over space of the last convolutions
of both branches. The layer behind it keeps only what tells the two classes apart, and strange
inputs differ elsewhere (Kamoi and Kobayashi 2020, "Why is the Mahalanobis distance effective for
anomaly detection?").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

from app.core.kit.errors import ModelError
from app.core.models.card import ModelCard
from inference.models.packages import read_part

FloatArray = npt.NDArray[np.float32]

PART = "novelty"
FILE = "novelty.safetensors"
METHOD = (
    "Mahalanobis distance to the nearer class mean (Lee et al. 2018, Ledoit-Wolf covariance) of "
    "what enters the head; 1.0 is the 99th percentile of held-out candidates, drawn and varied "
    "as in training"
)
PERCENTILE = 99.0
DEFAULT_LIMIT = 1.0
"""A card overrides it in ``[extra]``: ``novelty_limit``."""


@dataclass(frozen=True, eq=False)
class Novelty:
    """What the training candidates' features are like.

    Parameters
    ----------
    means
        float32 ``[classes, features]``.
    whitening
        float32 ``[features, features]``: the length of ``whitening @ (x - mean)`` is the
        Mahalanobis distance of ``x``.
    scale
        Distance that is called 1: the 99th percentile of candidates of studies that were held
        out of the training.
    """

    means: FloatArray
    whitening: FloatArray
    scale: float

    def of(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Novelty of each row of ``[n, features]``: 1.0 is the training's 99th percentile."""
        return _distance(np.asarray(features, dtype=np.float64), self) / self.scale


def _distance(features: npt.NDArray[np.float64], known: Novelty) -> npt.NDArray[np.float64]:
    whitening = known.whitening.astype(np.float64)
    to_class = [
        np.linalg.norm((features - mean.astype(np.float64)) @ whitening.T, axis=1)
        for mean in known.means
    ]
    return np.asarray(np.min(to_class, axis=0), dtype=np.float64)


def fit_novelty(
    features: npt.ArrayLike, classes: npt.NDArray[np.integer], held_out: npt.ArrayLike
) -> Novelty:
    """Describe training features.

    Parameters
    ----------
    features, classes
        ``[n, features]`` of training candidates, and the class of each.
    held_out
        ``[m, features]`` of candidates of other studies. They set the scale: distances of the
        candidates that the covariance was made of are too small.

    Returns
    -------
    Novelty
        Ready to be saved.
    """
    x = np.asarray(features, dtype=np.float64)
    kinds = np.unique(classes)
    means = np.stack([x[classes == kind].mean(axis=0) for kind in kinds])
    centred = x - means[np.searchsorted(kinds, classes)]
    # Features of different size are made alike first: shrinkage pulls towards equal variances.
    spread = centred.std(axis=0)
    spread = np.maximum(spread, max(1e-6, 1e-3 * float(spread.max())))
    covariance = shrunk_covariance(centred / spread)
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)) / spread
    found = Novelty(means.astype(np.float32), whitening.astype(np.float32), 1.0)
    distance = _distance(np.asarray(held_out, dtype=np.float64), found)
    return Novelty(found.means, found.whitening, float(np.percentile(distance, PERCENTILE)))


def shrunk_covariance(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ledoit-Wolf estimate of the covariance of ``[n, features]`` with zero mean."""
    n, p = centred.shape
    sample = centred.T @ centred / n
    middle = float(np.trace(sample)) / p
    target = middle * np.eye(p)
    far = float(((sample - target) ** 2).sum())
    unsure = float(((centred**2).sum(axis=1) ** 2).sum() / n - (sample**2).sum()) / n
    share = 1.0 if far <= 0.0 else min(1.0, max(0.0, unsure / far))
    # A floor keeps the matrix positive where features always move together.
    share = max(share, 1e-4)
    return np.asarray(share * target + (1.0 - share) * sample, dtype=np.float64)


def save_novelty(known: Novelty, path: Path) -> None:
    """Write a safetensors file."""
    save_file(
        {
            "means": np.ascontiguousarray(known.means),
            "whitening": np.ascontiguousarray(known.whitening),
            "scale": np.array([known.scale], dtype=np.float32),
        },
        path,
    )


def load_novelty(card: ModelCard) -> Novelty | None:
    """Read what a package knows of its training features; ``None`` where it holds nothing.

    Raises
    ------
    ModelError
        If the file is missing, differs from the card, or makes no sense.
    """
    data = read_part(card, PART)
    if data is None:
        return None
    try:
        state = load(data)
        known = Novelty(state["means"], state["whitening"], float(state["scale"][0]))
        classes, features = known.means.shape
        good = classes > 0 and known.whitening.shape == (features, features)
        good = good and bool(np.isfinite(known.means).all() and np.isfinite(known.whitening).all())
    except (SafetensorError, KeyError, IndexError, ValueError) as error:
        raise _broken(card) from error
    if not good or not 0.0 < known.scale < np.inf:
        raise _broken(card)
    return known


def novelty_limit(card: ModelCard) -> float:
    """Novelty above which the card calls a candidate outside of the training."""
    value = card.extra.get("novelty_limit", DEFAULT_LIMIT)
    if not isinstance(value, int | float) or not value > 0.0:
        raise _broken(card)
    return float(value)


def _broken(card: ModelCard) -> ModelError:
    return ModelError(
        f"What the model {card.id} knows of its training data cannot be used.",
        "Install the package again.",
    )
