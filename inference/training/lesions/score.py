"""Training of the candidate score network: lesion or physiological uptake."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import optimize
from torch import nn
from torch.utils.data import IterableDataset

from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.lesions.novelty import Novelty, fit_novelty
from inference.lesions.scoring import candidate_features, feature_network
from inference.training.fit import fitting
from inference.training.fit.evaluate import auroc, calibration_error
from inference.training.fit.fitting import Average, Progress, Schedule, device
from inference.training.lesions.candidates import NETWORK, Candidate, plain_inputs, varied_inputs

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

SCORED_TOGETHER = 32


@dataclass(frozen=True)
class ScoreSettings:
    """Optimisation settings (the recipe's ``[fit]``)."""

    steps: int
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup: int = 60
    ema: float = 0.995
    crop_simulated: float = 0.4
    crop_real: float = 0.5
    real_share: float = 0.3
    proposed_share: float = 0.5
    """How often a candidate that the network proposed is drawn, where there is one."""
    check_every: int = 250
    workers: int = 1
    """Processes that draw candidates (0: this one; 1: beside it)."""
    novelty_draws: int = 3000


class Draws:
    """Draws candidates: as many lesions as organs, each study and each organ as often.

    Parameters
    ----------
    candidates
        Of real and simulated studies.
    settings
        Shares of real studies and of the network's own proposals.
    """

    def __init__(self, candidates: Sequence[Candidate], settings: ScoreSettings) -> None:
        self.candidates, self.settings = candidates, settings
        self._groups: dict[tuple[int, bool, bool], dict[str, dict[int, list[int]]]] = {}
        for n, one in enumerate(candidates):
            for proposed in {False, one.source == NETWORK}:
                key = (one.target, one.kind == "sts", proposed)
                study = self._groups.setdefault(key, {}).setdefault(one.study, {})
                study.setdefault(one.organ, []).append(n)
        if not candidates:
            raise ValueError("There is no candidate to draw.")

    def draw(self, rng: np.random.Generator) -> Candidate:
        """Draw one candidate."""
        target, real, proposed = (
            int(rng.random() < 0.5),
            bool(rng.random() < self.settings.real_share),
            bool(rng.random() < self.settings.proposed_share),
        )
        # What there is none of is drawn from the nearest there is.
        for key in (
            (target, real, proposed), (target, real, False), (target, not real, proposed),
            (target, not real, False), (1 - target, real, False), (1 - target, not real, False),
        ):  # fmt: skip
            if key in self._groups:
                studies = list(self._groups[key].values())
                organs = list(studies[int(rng.integers(len(studies)))].values())
                organ = organs[int(rng.integers(len(organs)))]
                return self.candidates[organ[int(rng.integers(len(organ)))]]
        raise AssertionError("one of the keys holds what there is")

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Draw augmented candidates: fine and coarse ``[n, 5, k, j, i]``, target ``[n]``."""
        fine, coarse, target = [], [], []
        for _ in range(size):
            one = self.draw(rng)
            settings = self.settings
            chance = settings.crop_real if one.kind == "sts" else settings.crop_simulated
            a, b = varied_inputs(one, rng, chance)
            fine.append(a)
            coarse.append(b)
            target.append(float(one.target))
        return (
            torch.from_numpy(np.stack(fine)),
            torch.from_numpy(np.stack(coarse)),
            torch.tensor(target),
        )


class _Batches(IterableDataset[Batch]):
    """Batches without end, fixed by their seed."""

    def __init__(self, draws: Draws, seed: int) -> None:
        self.draws, self.seed = draws, seed

    def __iter__(self) -> Iterator[Batch]:
        rng = fitting.own_stream(np.random.default_rng(self.seed))
        while True:
            yield self.draws.batch(rng, self.draws.settings.batch)


def fit_score(
    network: nn.Module,
    candidates: Sequence[Candidate],
    settings: ScoreSettings,
    *,
    seed: int,
    check: Callable[[nn.Module, int], None],
    progress: Progress | None = None,
    max_minutes: float | None = None,
) -> None:
    """Train; ``check`` is called with the averaged network now and then, and at the end.

    The schedule follows the steps, or the clock where ``max_minutes`` would end first.
    """
    torch.manual_seed(seed)
    where = device()
    network = network.to(where, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    average = Average(network, settings.ema)
    batches = fitting.drawn(_Batches(Draws(candidates, settings), seed), settings.workers, ahead=4)
    schedule = Schedule(settings.steps, settings.learning_rate, settings.warmup, max_minutes)
    recent: list[float] = []
    checked, step = -1, 0
    for step in range(settings.steps):
        done = schedule.done(step)
        if done >= 1.0:
            break
        schedule.set_rate(optimiser, step, done)
        fine, coarse, target = (part.to(where) for part in next(batches))
        network.train()
        layout = torch.channels_last_3d
        with fitting.autocast(where):
            logit = network(
                fine.contiguous(memory_format=layout), coarse.contiguous(memory_format=layout)
            )
        value = nn.functional.binary_cross_entropy_with_logits(logit.float(), target)
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update(network)
        recent.append(float(value.detach()))
        if progress and step % 50 == 49:
            loss = float(np.mean(recent[-50:]))
            progress(done, f"score step {step + 1}, loss {loss:.3f}, {schedule.minutes:.1f} min")
        if step % settings.check_every == settings.check_every - 1:
            check(average.network, step + 1)
            checked = step
    if checked < len(recent) - 1:
        check(average.network, len(recent))


@torch.no_grad()
def score_plainly(network: nn.Module, candidates: Sequence[Candidate]) -> FloatArray:
    """Logit of each candidate, without augmentation and with mean weights."""
    network.eval()
    where = next(network.parameters()).device
    out = np.zeros(len(candidates), dtype=np.float32)
    for first in range(0, len(candidates), SCORED_TOGETHER):
        part = [plain_inputs(x) for x in candidates[first : first + SCORED_TOGETHER]]
        fine, coarse = (torch.from_numpy(np.stack(x)).to(where) for x in zip(*part, strict=True))
        out[first : first + len(part)] = network(fine, coarse).float().cpu().numpy()
    return out


def targets_of(candidates: Sequence[Candidate]) -> IntArray:
    """1 (lesion) or 0 of each candidate."""
    return np.array([x.target for x in candidates], dtype=np.int64)


def area(network: nn.Module, candidates: Sequence[Candidate]) -> float:
    """Pooled AUROC of a group of candidates; NaN where one of the two kinds is missing."""
    return auroc(score_plainly(network, candidates), targets_of(candidates) == 1)


def learn_novelty(
    network: nn.Module,
    train: Sequence[Candidate],
    held: Sequence[Candidate],
    settings: ScoreSettings,
    seed: int,
) -> Novelty:
    """Describe the training candidates' features; the scale comes from held-out studies.

    Both are drawn and augmented as in training, so that a study without CT is known, and sarcomas
    weigh as much as they did.
    """
    where = next(network.parameters()).device
    runner = TorchRunner(feature_network(network), Plan((), str(where)))
    described = []
    for n, candidates in enumerate((train, held)):
        rng, draws = np.random.default_rng((seed, n)), Draws(candidates, settings)
        found: list[FloatArray] = []
        targets: list[IntArray] = []
        wanted = settings.novelty_draws // (n + 1)
        while SCORED_TOGETHER * len(targets) < wanted:
            fine, coarse, target = draws.batch(rng, SCORED_TOGETHER)
            found.append(candidate_features(runner, fine, coarse))
            targets.append(target.numpy().astype(np.int64))
        described.append((np.concatenate(found), np.concatenate(targets)))
    return fit_novelty(*described[0], described[1][0])


def best_temperature(logits: FloatArray, targets: IntArray) -> float:
    """Temperature that minimises the cross-entropy (Guo et al. 2017)."""

    def cost(log_t: float) -> float:
        z = logits.astype(np.float64) / math.exp(log_t)
        return float(np.mean(np.logaddexp(0.0, z) - targets * z))

    found = optimize.minimize_scalar(cost, bounds=(-2.0, 2.5), method="bounded")
    return float(math.exp(found.x))


Row = tuple[str, FloatArray, IntArray]
"""Name of a study, and logit and target of each of its candidates."""


def by_study(
    candidates: Sequence[Candidate], logits: FloatArray, *, proposed: bool = False
) -> list[Row]:
    """Gather scored candidates by study; ``proposed`` keeps only what the network proposed."""
    found: dict[str, list[tuple[float, int]]] = {}
    for one, z in zip(candidates, logits, strict=True):
        if not proposed or one.source == NETWORK:
            found.setdefault(one.study, []).append((float(z), one.target))
    return [
        (name, np.array([z for z, _ in rows], np.float32), np.array([t for _, t in rows], np.int64))
        for name, rows in found.items()
    ]


def both_kinds(rows: Sequence[Row], least: int = 1) -> bool:
    """Whether there are at least ``least`` lesions and as many others."""
    lesions = sum(int(t.sum()) for _, _, t in rows)
    return min(lesions, sum(len(t) for _, _, t in rows) - lesions) >= least


def score_metrics(per_study: Sequence[Row], temperature: float) -> dict[str, object]:
    """Pooled and per-patient AUROC, accuracy, sensitivity, specificity and calibration."""
    logits = np.concatenate([z for _, z, _ in per_study]) / temperature
    targets = np.concatenate([t for _, _, t in per_study])
    p = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    right = (p >= 0.5) == (targets == 1)
    accuracy = [float(np.mean((z >= 0) == (t == 1))) for _, z, t in per_study if len(t)]
    areas = [auroc(z, t == 1) for _, z, t in per_study if 0 < t.sum() < len(t)]
    return {
        "candidates": len(targets),
        "lesions": int(targets.sum()),
        "patients": len(accuracy),
        "auroc": auroc(p, targets == 1),
        "auroc_by_patient_mean": float(np.mean(areas)) if areas else float("nan"),
        "auroc_by_patient_sd": float(np.std(areas, ddof=1)) if len(areas) > 1 else float("nan"),
        "auroc_patients": len(areas),
        "accuracy": float(right.mean()),
        "accuracy_by_patient_mean": float(np.mean(accuracy)),
        "accuracy_by_patient_sd": float(np.std(accuracy, ddof=1)) if len(accuracy) > 1 else 0.0,
        "sensitivity": _mean(right[targets == 1]),
        "specificity": _mean(right[targets == 0]),
        "ece": calibration_error(p, targets == 1, 10),
    }


def _mean(values: npt.NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else float("nan")


def measure_groups(
    network: nn.Module, groups: Mapping[str, Sequence[Candidate]]
) -> tuple[float, dict[str, Any]]:
    """Set the temperature on the validation candidates and measure.

    Returns
    -------
    temperature
        Set on what the segmentation network proposed, where that holds enough of both kinds: the
        engine scores nothing else.
    metrics
        For the card: ``all``, each group, each group's proposals, and sarcoma patients one by one.
    """
    scored = {group: score_plainly(network, found) for group, found in groups.items() if found}
    rows = {group: by_study(groups[group], z) for group, z in scored.items()}
    proposed = {group: by_study(groups[group], z, proposed=True) for group, z in scored.items()}
    everything = [row for part in rows.values() for row in part]
    chosen = [row for part in proposed.values() for row in part]
    by_proposals = both_kinds(chosen, 10)
    base = chosen if by_proposals else everything
    temperature = best_temperature(
        np.concatenate([z for _, z, _ in base]), np.concatenate([t for _, _, t in base])
    )
    kept = "proposals of the segmentation network" if by_proposals else "candidates"
    metrics: dict[str, Any] = {
        "note": "Candidates of validation patients and of simulated studies with seeds of their "
        "own: the segmentation network's proposals, some pieces of each hot organ, and true "
        "outlines. The weights were chosen by the mean of both AUROCs on these candidates, and "
        f"the temperature was set on the {kept} among them.",
        "temperature": temperature,
        "all": score_metrics(everything, temperature),
    }
    for group, part in rows.items():
        metrics[group] = score_metrics(part, temperature)
        if both_kinds(proposed[group]):
            metrics[f"{group}_proposals"] = score_metrics(proposed[group], temperature)
    patients = [
        {"patient": name, "candidates": len(t), "lesions": int(t.sum()),
         "auroc": auroc(z, t == 1), "accuracy": float(np.mean((z >= 0) == (t == 1)))}
        for name, z, t in rows.get("sarcoma", [])
    ]  # fmt: skip
    if patients:
        metrics["patients"] = patients
    return temperature, metrics
