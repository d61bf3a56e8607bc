"""Bodies to simulate: tissue fractions in one source frame, and organs placed in it.

The source frame counts voxels of 2 mm along [k, j, i] of the XCAT label phantom (k to S, j to P,
i to L; head at high k, front at low j, right at low i). Organs that the phantom lacks are placed
in it by hand-set anchors with random jitter; an analytic body of ellipsoids lives in the same
frame, so that both go through one pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
from scipy import ndimage

FloatArray = npt.NDArray[np.float32]
Point = tuple[float, float, float]

# Values of the label phantom; 0 is the air outside.
SOFT, CAVITY, BRAIN, BRONCHI, LIVER, LUNGS, SKELETON = range(1, 8)
SOURCE_SHAPE = (882, 140, 329)
"""Voxels of 2 mm of the source frame."""
FRACTION_FACTOR = 2
"""Fraction maps hold means over this many source voxels along each axis (4 mm)."""


ORGAN_CLASSES = (
    "other tissue", "brain", "heart", "liver", "spleen", "kidney", "bladder", "gut", "lung", "bone",
    "other uptake",
)  # fmt: skip
"""What the auxiliary head of the lesion network learns to tell apart."""
NO_CLASS = 255
"""Voxels whose class is not known or does not matter (lesions, real patients)."""
_CLASS_OF = {
    "blood pool": 2, "myocardium": 2, "left atrium": 2, "wall region": 2, "right ventricle": 2,
    "right atrium": 2, "spleen": 4, "kidney": 5, "renal pelvis": 5, "ureter": 5, "bladder": 6,
    "stomach": 7, "gut": 7, "colon": 7, "rectum": 7,
}  # fmt: skip


def class_of(organ: Organ) -> int:
    """Index into `ORGAN_CLASSES` of a painted organ."""
    return _CLASS_OF.get(organ.name, ORGAN_CLASSES.index("other uptake"))


def tissue_classes(fractions: FloatArray) -> npt.NDArray[np.uint8]:
    """Classes of the tissues that the label maps hold, before organs are painted."""
    out = np.zeros(fractions.shape[1:], dtype=np.uint8)
    for tissue, name in ((BRAIN, "brain"), (LIVER, "liver"), (LUNGS, "lung"), (SKELETON, "bone")):
        out[fractions[tissue] > 0.5] = ORGAN_CLASSES.index(name)
    return out


@dataclass(frozen=True)
class Organ:
    """An ellipsoid of uptake in the source frame.

    ``wall`` is the relative thickness of a hollow shell (0: solid) and ``inside_suv`` then the
    uptake in it. ``suv`` and ``hu`` are what a voxel wholly inside holds; ``hu`` of ``None``
    leaves the CT as it is. ``spread`` adds relative texture to the uptake.
    """

    name: str
    centre: Point
    radii: Point
    suv: float
    hu: float | None = None
    wall: float = 0.0
    inside_suv: float = 0.0
    spread: float = 0.1
    tissues: tuple[int, ...] = (SOFT,)
    roll: float = 0.0


def _block_mean(mask: npt.NDArray[np.bool_]) -> FloatArray:
    f = FRACTION_FACTOR
    pad = [(0, -n % f) for n in mask.shape]
    padded = np.pad(mask, pad)
    k, j, i = (n // f for n in padded.shape)
    mean: FloatArray = padded.reshape(k, f, j, f, i, f).mean(axis=(1, 3, 5), dtype=np.float32)
    return mean


def xcat_fractions(path: Path, *, arms: bool) -> FloatArray:
    """``[8, k, j, i]`` tissue fractions (4 mm) of the XCAT label phantom, with or without arms.

    Arms are what is not connected to the trunk within a slice; where they join it (above the
    armpit) they stay.
    """
    labels = np.asarray(nib.load(path).dataobj).astype(np.uint8).transpose(2, 1, 0)  # type: ignore[attr-defined]
    if not arms:
        labels = labels.copy()
        middle = labels.shape[2] / 2.0
        for plane in labels[:725]:
            parts, count = ndimage.label(plane > 0)
            for part in range(1, count + 1):
                here = parts == part
                if abs(np.nonzero(here)[1].mean() - middle) > 85:
                    plane[here] = 0
    return np.stack([_block_mean(labels == label) for label in range(8)])


def analytic_fractions(rng: np.random.Generator) -> FloatArray:
    """Make a body of ellipsoids in the source frame: no third-party data."""
    f = FRACTION_FACTOR
    shape = tuple((n + f - 1) // f for n in SOURCE_SHAPE)
    axes = [np.arange(n, dtype=np.float32) * f + 0.5 for n in shape]
    k, j, i = np.meshgrid(*axes, indexing="ij", sparse=True)

    def ball(centre: Point, radii: Point, power: float = 2.0) -> FloatArray:
        jitter = rng.uniform(0.93, 1.07, 3)
        c = np.array(centre) + rng.normal(0.0, 2.0, 3)
        r = np.array(radii) * jitter
        d = (
            np.abs((k - c[0]) / r[0]) ** power
            + np.abs((j - c[1]) / r[1]) ** power
            + np.abs((i - c[2]) / r[2]) ** power
        ) ** (1.0 / power)
        out: FloatArray = np.clip(0.5 + (1.0 - d) * r.min() / f, 0.0, 1.0).astype(np.float32)
        return out

    torso = ball((580, 80, 157), (175, 58, 78), 4.0)
    limbs = [ball((260, 85, 157 + side), (230, 38, 38), 3.0) for side in (-45, 45)]
    neck = ball((755, 78, 157), (50, 30, 30))
    head = ball((825, 65, 157), (55, 45, 38))
    body = np.maximum.reduce([torso, neck, head, *limbs])
    rest = body.copy()
    out = np.zeros((8, *shape), dtype=np.float32)
    skull = ball((832, 65, 157), (44, 40, 33))
    brain = ball((834, 65, 157), (39, 35, 28))
    spine = ball((620, 108, 157), (190, 10, 11), 6.0)
    pelvis = np.maximum(ball((490, 90, 110), (40, 25, 14)), ball((490, 90, 204), (40, 25, 14)))
    femora = np.maximum(ball((330, 85, 112), (120, 8, 8), 4), ball((330, 85, 202), (120, 8, 8), 4))
    cage = ball((675, 80, 157), (72, 48, 70))
    ribs = (cage - ball((675, 80, 157), (70, 45, 66))).clip(0) * (np.sin(k / 4.0) > 0.3)
    bone = np.maximum.reduce([(skull - brain).clip(0), spine, pelvis, femora, ribs])
    lungs = np.maximum(ball((682, 85, 118), (52, 40, 27)), ball((684, 85, 198), (50, 40, 25)))
    for label, field in (
        (BRAIN, brain), (SKELETON, bone), (BRONCHI, ball((720, 82, 157), (45, 4, 4), 4)),
        (LIVER, ball((622, 78, 118), (42, 42, 36))), (LUNGS, lungs),
    ):  # fmt: skip
        out[label] = np.minimum(rest, field)
        rest -= out[label]
    out[SOFT] = rest
    out[0] = 1.0 - body
    return out


def place_organs(rng: np.random.Generator, *, contrast: bool) -> list[Organ]:
    """Organs and physiological uptake of one patient, in the order in which they are painted."""
    blood = float(rng.uniform(1.2, 2.2))
    lift = 110.0 if contrast else 0.0
    organs: list[Organ] = []

    def add(name: str, centre: Point, radii: Point, suv: float, **more: object) -> None:
        c = np.array(centre) + rng.normal(0.0, 1.5, 3)
        r = np.array(radii) * rng.uniform(0.85, 1.15, 3)
        organs.append(Organ(name, (c[0], c[1], c[2]), (r[0], r[1], r[2]), suv, **more))  # type: ignore[arg-type]

    _thorax(rng, add, blood, lift)
    _abdomen(rng, add, blood, lift)
    _pelvis(rng, add)
    _head_and_neck(rng, add)
    _occasional(rng, add)
    return organs


Add = Callable[..., None]


def _maybe(rng: np.random.Generator, chance: float) -> bool:
    return bool(rng.random() < chance)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _thorax(rng: np.random.Generator, add: Add, blood: float, lift: float) -> None:
    add("aortic arch", (697, 80, 165), (7, 18, 8), blood, hu=40 + lift, spread=0.05)
    add("descending aorta", (640, 102, 168), (62, 6.5, 6.5), blood, hu=40 + lift, spread=0.05)
    add("ascending aorta", (685, 66, 152), (18, 8, 8), blood, hu=40 + lift, spread=0.05)
    for side in (-1, 1):
        add("hilar vessels", (676, 82, 157 + side * 22), (9, 7, 9), blood * 0.9, hu=40 + lift,
            tissues=(SOFT, LUNGS))  # fmt: skip
    _heart(rng, add, blood, lift)
    if _maybe(rng, 0.4):
        suv = rng.uniform(1.8, 4.5)
        add("oesophagus", (rng.uniform(640, 700), 94, 160), (rng.uniform(8, 30), 3, 3), suv)


def _heart(rng: np.random.Generator, add: Add, blood: float, lift: float) -> None:
    """Add a left ventricle open at its base, of no to intense uptake; its place varies most."""
    dk, dj, di = rng.normal(0.0, (5.0, 2.5, 4.0))
    everywhere = (SOFT, LUNGS)
    add("blood pool", (660 + dk, 66 + dj, 170 + di), (26, 20, 28), blood, hu=40 + lift,
        tissues=everywhere, spread=0.06)  # fmt: skip
    suv = blood * 1.1 if _maybe(rng, 0.25) else _log_uniform(rng, 2.0, 16.0)
    size = rng.uniform(0.85, 1.2)
    wall = rng.uniform(0.3, 0.5)
    add("myocardium", (657 + dk, 63 + dj, 182 + di), (17 * size, 15 * size, 20 * size), suv,
        wall=wall, inside_suv=blood, spread=rng.uniform(0.1, 0.4), tissues=everywhere,
        hu=50 + lift / 2, roll=rng.uniform(0.3, 1.1))  # fmt: skip
    if _maybe(rng, 0.75):  # the base is open towards the left atrium
        reach = rng.uniform(0.6, 1.0) * size
        add("left atrium", (657 + dk + 9 * reach, 63 + dj + 11 * reach, 182 + di - 15 * reach),
            tuple(rng.uniform(9.0, 14.0, 3)), blood, hu=40 + lift, tissues=everywhere,
            spread=0.06)  # fmt: skip
    # Walls take up unequally, as a fasting heart's do: a bright one alone is still a heart's.
    for _ in range(int(rng.integers(0, 4))):
        away = rng.standard_normal(3)
        away *= size * np.array([17.0, 15.0, 20.0]) * 0.8 / np.linalg.norm(away)
        where = (657 + dk + away[0], 63 + dj + away[1], 182 + di + away[2])
        add("wall region", where, tuple(rng.uniform(5.0, 13.0, 3)), suv * rng.uniform(0.2, 1.6),
            tissues=everywhere, spread=0.2)  # fmt: skip
    if _maybe(rng, 0.3):
        add("right ventricle", (657 + dk, 55 + dj, 160 + di), (14, 10, 14),
            suv * rng.uniform(0.3, 0.7), wall=0.3, inside_suv=blood,
            tissues=everywhere)  # fmt: skip
    if _maybe(rng, 0.1):
        add("right atrium", (668 + dk, 68 + dj, 148 + di), (12, 9, 7), suv * rng.uniform(0.3, 0.7),
            tissues=everywhere, spread=0.2)  # fmt: skip


def _abdomen(rng: np.random.Generator, add: Add, blood: float, lift: float) -> None:
    add("abdominal aorta", (565, 84, 163), (42, 5, 5), blood, hu=40 + lift, spread=0.05)
    add("spleen", (632, 108, 208), (24, 18, 13), rng.uniform(1.4, 2.6), hu=50 + lift * 0.7,
        tissues=(SOFT, LUNGS))  # fmt: skip
    add("stomach", (622, 62, 192), (18, 17, 18), _log_uniform(rng, 1.5, 5.0), wall=0.28,
        inside_suv=0.7, spread=0.3, hu=30, tissues=(SOFT, LIVER))  # fmt: skip
    add("pancreas", (600, 70, 165), (6, 7, 26), rng.uniform(1.2, 2.2), hu=35 + lift * 0.5)
    cortex, pelvis = rng.uniform(1.8, 5.0), _log_uniform(rng, 4.0, 45.0)
    for side in (-1, 1):
        if _maybe(rng, 0.03):
            continue
        base = (584.0 + rng.normal(0, 5) - 4 * (side < 0), 104.0, 157.0 + side * 36)
        add("kidney", base, (27, 14, 14), cortex, hu=35 + lift, spread=0.15)
        for _ in range(int(rng.integers(2, 7))):
            calyx = (base[0] + rng.normal(0, 10), base[1] - rng.uniform(-4, 5),
                     base[2] - side * rng.uniform(-4, 7))  # fmt: skip
            size = rng.uniform(2.5, 6.0)
            hot = pelvis * rng.uniform(0.4, 1.2)
            add("renal pelvis", calyx, (size * rng.uniform(1, 2), size, size), hot)
        if _maybe(rng, 0.6):
            for _ in range(int(rng.integers(1, 6))):
                down = rng.uniform(0.0, 1.0)
                where = (565 - 95 * down, 90 - 10 * down, 157 + side * (24 - 8 * down))
                tube = (rng.uniform(3, 14), 2.2, 2.2)
                add("ureter", where, tube, pelvis * rng.uniform(0.2, 0.8), hu=20)
    gut = _log_uniform(rng, 0.8, 3.0)
    for _ in range(int(rng.integers(15, 40))):
        where = (rng.uniform(485, 600), rng.uniform(38, 82), rng.uniform(105, 209))
        radii = rng.uniform(5, 12, 3)
        radii[rng.integers(3)] *= rng.uniform(1.0, 2.5)
        suv = gut * _log_uniform(rng, 0.5, 4.0 if _maybe(rng, 0.2) else 1.5)
        hu = -900.0 if _maybe(rng, 0.15) else (250.0 if _maybe(rng, 0.1) else 35.0)
        add("gut", where, tuple(radii), min(suv, 12.0) if hu > -500 else 0.3, hu=hu,
            wall=rng.choice([0.0, 0.35]), inside_suv=suv * 0.5, spread=0.3)  # fmt: skip
    if _maybe(rng, 0.3):  # a hot colon segment
        side = rng.choice([-1, 1])
        add("colon", (rng.uniform(500, 590), 72, 157 + side * 55), (rng.uniform(15, 40), 9, 9),
            _log_uniform(rng, 2.0, 10.0), spread=0.3)  # fmt: skip


def _pelvis(rng: np.random.Generator, add: Add) -> None:
    size = rng.uniform(0.6, 1.5)
    add("bladder", (458 + 8 * size, 70, 157), (13 * size, 15 * size, 17 * size),
        _log_uniform(rng, 3.0, 60.0), hu=8, spread=0.03)  # fmt: skip
    if _maybe(rng, 0.6):
        suv = rng.uniform(1.5, 5.5)
        for side in (-1, 1):
            add(
                "testis", (408, 36, 165 + side * 8), (8, 7, 6), suv * rng.uniform(0.85, 1.15), hu=35
            )
    elif _maybe(rng, 0.4):
        add("uterus", (478, 72, 157), (12, 10, 12), rng.uniform(1.5, 4.0), hu=45)
    if _maybe(rng, 0.5):
        add("rectum", (462, 100, 157), (12, 7, 8), rng.uniform(1.2, 5.0), spread=0.3)
    for side in (-1, 1):
        if _maybe(rng, 0.4):  # femoral vessels
            add("femoral vessels", (420, 55, 157 + side * 42), (60, 4.5, 4.5),
                rng.uniform(1.2, 2.4), spread=0.05)  # fmt: skip


def _head_and_neck(rng: np.random.Generator, add: Add) -> None:
    salivary, tonsils = rng.uniform(1.2, 4.5), _log_uniform(rng, 1.8, 9.0)
    for side in (-1, 1):
        add("parotid", (797, 66, 157 + side * 27), (11, 9, 6), salivary, hu=10)
        add("submandibular", (774, 50, 157 + side * 16), (6, 7, 5), salivary, hu=35)
        add("tonsil", (786, 60, 157 + side * 9), (5, 4, 3.5), tonsils, hu=45)
    if _maybe(rng, 0.4):
        for side in (-1, 1) if _maybe(rng, 0.8) else (1,):
            add("vocal cord", (757, 56, 157 + side * 4), (3, 5, 2.5), _log_uniform(rng, 2, 7))
    if _maybe(rng, 0.15):
        suv = _log_uniform(rng, 2.0, 9.0)
        for side in (-1, 1):
            add("thyroid", (741, 62, 157 + side * 10), (10, 6, 5), suv, hu=100)
    if _maybe(rng, 0.5):
        add("tongue", (783, 38, 157), (8, 12, 10), rng.uniform(1.2, 4.0), hu=45)


def _occasional(rng: np.random.Generator, add: Add) -> None:
    if _maybe(rng, 0.12):  # brown fat, both sides and along the spine
        suv = _log_uniform(rng, 2.0, 14.0)
        for side in (-1, 1):
            for _ in range(int(rng.integers(2, 6))):
                where = (
                    rng.uniform(715, 755),
                    rng.uniform(75, 100),
                    157 + side * rng.uniform(22, 60),
                )
                add("brown fat", where, tuple(rng.uniform(3, 8, 3)), suv * rng.uniform(0.5, 1.2),
                    hu=-90, spread=0.3)  # fmt: skip
            for level in range(int(rng.integers(0, 5))):
                add("brown fat", (640 + 16 * level, 106, 157 + side * 14), (3, 3, 3), suv * 0.7)
    for _ in range(int(rng.integers(0, 4)) if _maybe(rng, 0.35) else 0):  # working muscle
        side = rng.choice([-1, 1])
        where, radii = [
            ((745, 92, 157 + side * 25), (18, 6, 7)),
            ((705, 45, 157 + side * 45), (14, 5, 20)),
            ((480, 112, 157 + side * 40), (22, 9, 18)),
            ((rng.uniform(280, 420), rng.uniform(60, 105), 157 + side * 48), (45, 8, 12)),
            ((690, 90, 157 + side * 95), (30, 8, 8)),
            ((600, 118, 157 + side * 18), (50, 6, 9)),
        ][int(rng.integers(6))]  # fmt: skip
        add("muscle", where, radii, rng.uniform(1.5, 5.0), spread=0.35)
    for where in ((738, 92, 70), (738, 92, 246), (455, 85, 100), (455, 85, 214), (252, 88, 100),
                  (252, 88, 215)):  # fmt: skip
        if _maybe(rng, 0.3):  # joints
            add("joint", where, (12, 12, 12), rng.uniform(1.2, 3.0), wall=0.35, inside_suv=0.9,
                spread=0.3, tissues=(SOFT, SKELETON))  # fmt: skip
    if _maybe(rng, 0.12):  # tracer left in a forearm vein
        side = rng.choice([-1, 1])
        add("injection", (560, 95, 157 + side * 115), (12, 4, 4), _log_uniform(rng, 8, 60))
