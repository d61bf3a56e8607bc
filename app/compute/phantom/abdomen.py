"""Abdomen and pelvis of the phantom, in the nominal frame of `app.compute.phantom.body`."""

from __future__ import annotations

import numpy as np

from app.compute.phantom.body import AIR, FAT, Frame, Variation, diaphragm_z
from app.compute.phantom.shapes import (
    Capsule,
    Distance,
    Ellipsoid,
    FloatArray,
    Paint,
    Point,
    Solid,
    both,
    grown,
    rotation,
    tube,
    union,
    without,
)

URINE_HU = 6.0


def abdomen(frame: Frame, vary: Variation) -> list[Paint]:
    """Return the organs between diaphragm and thighs, in painting order."""
    return [
        *_upper_abdomen(frame, vary),
        *_kidneys(vary),
        *_gut(frame, vary),
        *_pelvis(vary),
    ]


def _upper_abdomen(frame: Frame, vary: Variation) -> list[Paint]:
    liver = vary.suv(2.2, 0.1)
    stomach = vary.suv(1.9, 0.2)
    paints = [
        Paint(grown(frame.liver, 3.0), -90.0, 0.6, frame.chest),
        Paint(frame.liver, 60.0, liver, name="liver"),
    ]
    branches: list[tuple[list[Point], float, float]] = [
        ([(-24, 0, -78), (-50, -6, -62), (-98, 12, -40)], 6.5, 2.5),
        ([(-50, -6, -62), (-90, -24, -80)], 4.5, 2.0),
        ([(-24, 0, -70), (-6, -40, -40), (34, -56, -26)], 5.0, 2.0),
        ([(-26, 6, -14), (-70, 8, -6), (-112, 2, -22)], 5.0, 2.0),
        ([(-26, 6, -14), (-48, -34, -16), (-70, -56, -44)], 5.0, 2.0),
    ]
    for points, start, end in branches:
        paints += [Paint(r, 44.0, liver * 0.85, frame.liver) for r in tube(points, start, end)]
    spleen = Ellipsoid((104.0, 34.0, -44.0), (26.0, 42.0, 54.0), rotation(-25.0, 10.0, 8.0))
    pouch = union(
        Ellipsoid((62.0, -8.0, -26.0), (40.0, 44.0, 40.0)),
        Ellipsoid((36.0, -46.0, -86.0), (40.0, 24.0, 26.0), rotation(0.0, 0.0, 25.0)),
        smooth_mm=24.0,
    )
    cavity = both(pouch, grown(frame.chest, -6.0), _under(4.0))
    air = both(grown(cavity, -5.0), Solid(((0, -120, -130), (130, -30, 30)), _above_y(-34.0)))
    gallbladder = Ellipsoid((-44.0, -50.0, -104.0), (15.0, 19.0, 30.0), rotation(0, 20.0))
    paints += [
        Paint(gallbladder, 8.0, 0.7),
        Paint(cavity, 40.0, stomach, name="stomach"),
        Paint(grown(cavity, -5.0), 24.0, 0.6),
        Paint(air, AIR, 0.1),
        Paint(both(spleen, grown(frame.chest, -4.0)), 52.0, vary.suv(1.8, 0.1), name="spleen"),
    ]
    pancreas: list[Point] = [(-18, -14, -112), (10, -22, -98), (42, -2, -84), (84, 22, -68)]
    paints += [Paint(r, 38.0, vary.suv(1.6, 0.05)) for r in tube(pancreas, 13.0, 9.0)]
    for s in (-1.0, 1.0):
        limbs: list[Point] = [(s * 34, 30, -72), (s * 40, 30, -86), (s * 46, 40, -92)]
        paints += [Paint(r, 28.0, vary.suv(1.8, 0.05)) for r in tube(limbs, 4.0, 3.0)]
    return paints


def _under(gap: float) -> Solid:
    def below(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found: FloatArray = (0.8 * (z - diaphragm_z(x, y) + gap)).astype(np.float32)
        return found

    return Solid(((-200.0, -150.0, -400.0), (200.0, 150.0, 60.0)), below)


def _above_y(level: float) -> Distance:
    """Return a fluid level: gas rises to the front of a supine patient."""
    return lambda x, y, z: y - np.float32(level) + 0 * (x + z)


def _kidneys(vary: Variation) -> list[Paint]:
    paints: list[Paint] = []
    cortex, urine = vary.suv(3.2, 0.15), vary.suv(8.0, 0.3)
    for s, z in ((-1.0, -142.0), (1.0, -128.0)):
        turn = rotation(0.0, 12.0, s * 12.0)
        centre = vary.shift((s * 64.0, 36.0, z), 3.0)
        x, y, _ = centre
        inner = (x - s * 10.0, y - 2.0, centre[2])
        whole = without(
            Ellipsoid(centre, (27.0, 26.0, 54.0), turn),
            Ellipsoid((x - s * 27, y - 6, centre[2]), (12.0, 12.0, 15.0)),
        )
        paints += [
            Paint(Ellipsoid(centre, (36.0, 34.0, 64.0), turn), FAT, 0.35),
            Paint(whole, 34.0, cortex, name="kidney"),
            Paint(Ellipsoid(inner, (11.0, 11.0, 34.0), turn), 0.0, cortex * 0.9),
            Paint(Ellipsoid(inner, (7.0, 8.0, 25.0), turn), -10.0, urine, name="renal pelvis"),
        ]
        for step in (-26.0, 0.0, 26.0):
            calyx = (x + s * 7.0, y + 3.0, centre[2] + step)
            paints.append(Paint(Capsule(inner, calyx, 3.5, 5.0), 5.0, urine * 0.8))
        ureter: list[Point] = [
            (x - s * 20, y - 6, centre[2] - 18),
            (s * 36, 12, -210),
            (s * 42, 20, -300),
            (s * 26, 14, -385),
        ]
        rods = tube(ureter, 2.4)
        # Urine comes in boluses: each piece has its own uptake.
        paints += [Paint(r, 10.0, vary.suv(urine * 0.35, 0.6)) for r in rods]
    return paints


def _gut(frame: Frame, vary: Variation) -> list[Paint]:
    paints: list[Paint] = []
    colon: list[Point] = [
        (-86, -8, -292),
        (-96, 6, -230),
        (-98, 8, -170),
        (-78, -36, -142),
        (-30, -66, -170),
        (24, -70, -166),
        (80, -36, -118),
        (100, 26, -110),
        (102, 30, -180),
        (98, 22, -250),
        (72, 6, -300),
        (28, -24, -318),
        (10, 30, -312),
        (4, 52, -350),
        (2, 58, -410),
    ]
    for n, rod in enumerate(tube(colon, 21.0, 15.0)):
        wall = vary.suv(1.7, 0.35)
        paints.append(Paint(rod, 36.0, wall))
        inner = Capsule(rod.start, rod.end, rod.radius - 4, (rod.end_radius or rod.radius) - 4)
        filling = AIR if n % 3 == 1 else vary.uniform(-80.0, 40.0)
        paints.append(Paint(inner, filling, wall * 0.55))
    # Small bowel: each step goes to where no loop is yet.
    place = np.array((30.0, -40.0, -180.0))
    walked = [place]
    for _ in range(74):
        steps = vary.rng.normal(0, 1, (40, 3))
        trials = place + steps / np.linalg.norm(steps, axis=1, keepdims=True) * 27.0
        inside = np.linalg.norm((trials - (0, -44, -228)) / (86, 36, 80), axis=1) < 1
        trials = trials[inside] if inside.any() else np.array([[0.0, -44.0, -228.0]])
        gaps = np.linalg.norm(trials[:, None] - np.array(walked)[None], axis=2).min(axis=1)
        place = trials[int(np.argmax(gaps))]
        walked.append(place)
    loops: list[Point] = [(float(a), float(b), float(c)) for a, b, c in walked]
    for n, rod in enumerate(tube(loops, 13.0)):
        wall = vary.suv(1.3, 0.3)
        paints.append(Paint(rod, 38.0, wall, frame.belly))
        inner = Capsule(rod.start, rod.end, 8.5)
        paints.append(Paint(inner, AIR if n % 9 == 4 else 14.0, wall * 0.7, frame.belly))
    return paints


def _pelvis(vary: Variation) -> list[Paint]:
    urine = vary.suv(22.0, 0.25)
    centre = vary.shift((0.0, -22.0, -344.0), 3.0)
    size = vary.uniform(0.85, 1.15)
    bladder = Ellipsoid(centre, (42.0 * size, 34.0 * size, 30.0 * size))
    seed = union(
        Ellipsoid((0.0, 8.0, -412.0), (22.0, 17.0, 20.0)),
        Ellipsoid((0.0, 26.0, -386.0), (30.0, 8.0, 10.0)),
        smooth_mm=8.0,
    )
    paints = [
        Paint(seed, 42.0, 1.5),
        Paint(grown(bladder, 3.5), 38.0, 1.2),
        Paint(bladder, URINE_HU, urine, name="bladder"),
        Paint(Capsule((0.0, 56.0, -400.0), (0.0, 64.0, -436.0), 13.0), 44.0, vary.suv(2.0, 0.2)),
        Paint(Capsule((0.0, -60.0, -420.0), (0.0, -58.0, -450.0), 14.0, 13.0), 46.0, 1.4),
    ]
    for s in (-1.0, 1.0):
        testis = Ellipsoid((s * 14.0, -54.0, -488.0), (11.5, 14.0, 20.0))
        paints += [Paint(grown(testis, 4.0), 15.0, 0.7), Paint(testis, 34.0, vary.suv(2.8, 0.2))]
    return paints
