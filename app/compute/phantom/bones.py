"""Bones, head and neck of the phantom, in the nominal frame of `app.compute.phantom.body`."""

from __future__ import annotations

import numpy as np

from app.compute.phantom.body import BLOOD, MUSCLE, Frame, Variation
from app.compute.phantom.shapes import (
    Capsule,
    Distance,
    Ellipsoid,
    FloatArray,
    Paint,
    Point,
    Profile,
    Shape,
    Solid,
    both,
    grown,
    rotation,
    shell,
    tube,
    union,
)

CORTEX = 900.0
SOFT_FACE = 35.0

#: Centre of the vertebral bodies in y by z: neck, hump of the chest, hollow of the loin.
SPINE = (
    (342.0, 20.0),
    (300.0, 16.0),
    (250.0, 30.0),
    (180.0, 50.0),
    (100.0, 60.0),
    (20.0, 52.0),
    (-60.0, 38.0),
    (-140.0, 26.0),
    (-210.0, 24.0),
    (-240.0, 34.0),
)


def bones(frame: Frame, vary: Variation) -> list[Paint]:
    """Return ribs, spine, shoulder girdle, pelvis and long bones, in painting order."""
    marrow = vary.suv(1.35, 0.15)
    return [
        *_ribs(frame, marrow),
        *_spine(marrow),
        *_shoulders(marrow),
        *_pelvis(marrow),
        *_limbs(marrow),
    ]


def spine_y(z: float) -> float:
    """Y of the middle of the vertebral bodies at height z."""
    table = np.array(sorted(SPINE))
    return float(np.interp(z, table[:, 0], table[:, 1]))


def _ribs(frame: Frame, marrow: float) -> list[Paint]:
    chest = frame.chest

    def rib(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        # A rib sinks by 0.55 mm for every mm that it runs to the front.
        height = z - 0.55 * (y - 62) + 0.0 * x
        number = np.clip(np.round((222 - height) / 25), 0, 11)
        along = height - (222 - 25 * number)
        out = chest.distance(x, y, z) - 4.5
        tube_mm = np.sqrt(np.square(out / 0.8) + np.square(along / 1.25)) - 4.6
        # The last two end beside the body; none runs in front of the spine.
        ends = np.maximum(np.where(number >= 10, 12 - y, -99), 16 - np.abs(x))
        front = np.where(number < 10, -76 + 7 * np.maximum(number - 5, 0) - y, -99)
        found: FloatArray = np.maximum(np.maximum(tube_mm, ends), front).astype(np.float32)
        return found

    def cartilage(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        height = z - 0.55 * (y - 62) - 0.34 * np.maximum(90 - np.abs(x), 0)
        number = np.clip(np.round((222 - height) / 25), 0, 8)
        along = height - (222 - 25 * number)
        out = chest.distance(x, y, z) - 4.0
        tube_mm = np.sqrt(np.square(out) + np.square(along / 1.2)) - 4.2
        start = y - (-74 + 7 * np.maximum(number - 5, 0))
        found: FloatArray = np.maximum(np.maximum(tube_mm, start), 12 - np.abs(x))
        return found.astype(np.float32)

    low, high = chest.bounds
    box = ((low[0] - 12, low[1] - 12, -90.0), (high[0] + 12, high[1] + 12, 250.0))
    whole = Solid(box, rib)
    sternum = Ellipsoid((0.0, -92.0, 110.0), (17.0, 6.5, 78.0), rotation(0.0, -7.0))
    manubrium = Ellipsoid((0.0, -74.0, 176.0), (27.0, 7.5, 27.0), rotation(0.0, -20.0))
    plate = union(sternum, manubrium, smooth_mm=10.0)
    return [
        Paint(Solid(box, cartilage), 95.0, 0.6),
        Paint(whole, 620.0, 0.8),
        Paint(grown(whole, -2.0), 190.0, marrow * 0.9),
        Paint(plate, 480.0, 0.8),
        Paint(grown(plate, -2.2), 140.0, marrow),
    ]


def _spine(marrow: float) -> list[Paint]:
    paints: list[Paint] = []
    z = 346.0
    for number in range(24):
        height = 14.0 if number < 7 else 17.5 + 0.36 * (number - 7) if number < 19 else 24.5
        disc = 4.0 if number < 7 else 5.0 if number < 19 else 7.0
        wide = 12.0 + 0.62 * number
        middle = z - height / 2
        y = spine_y(middle)
        body = _drum((0.0, y, middle), wide, wide * 0.76, height / 2)
        back = y + wide * 0.76
        pedicles = [
            Capsule((s * wide * 0.62, y + wide * 0.5, middle + 2), (s * 15, back + 16, middle), 4.2)
            for s in (-1, 1)
        ]
        across = Capsule((-wide - 14, back + 12, middle), (wide + 14, back + 12, middle), 4.0)
        spinous = Capsule((0.0, back + 20, middle - 2), (0.0, back + 36, middle - 14), 4.2)
        lamina = [
            Capsule((s * 14, back + 14, middle - 4), (0.0, back + 21, middle - 4), 3.8)
            for s in (-1, 1)
        ]
        paints += [Paint(x, 420.0, marrow * 0.8) for x in (*pedicles, across, spinous, *lamina)]
        gap = (0.0, spine_y(z - height - disc / 2), z - height - disc / 2)
        paints += [
            Paint(_drum(gap, wide, wide * 0.74, disc / 2 + 1), 85.0, 0.7),
            Paint(body, 560.0, marrow * 0.8),
            Paint(grown(body, -1.8), 175.0, marrow, name="vertebra"),
        ]
        cord = Capsule((0.0, back + 8, z + 1), (0.0, back + 8, z - height - disc), 7.5)
        paints.append(Paint(cord, 24.0, 1.3 if number < 19 else 0.7))
        z -= height + disc
    return paints


def _drum(centre: Point, half_x: float, half_y: float, half_z: float) -> Solid:
    """Return a vertebral body: an elliptic cylinder with a waist and a flat back."""
    cx, cy, cz = centre

    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        waist = 1 - 0.10 * np.clip(1 - np.square((z - cz) / max(half_z, 1)), 0, 1)
        f = np.sqrt(np.square((x - cx) / (half_x * waist)) + np.square((y - cy) / half_y))
        side = (f - 1) * min(half_x, half_y)
        ends = np.abs(z - cz) - half_z
        flat = (y - cy) - 0.86 * half_y
        found: FloatArray = np.maximum(np.maximum(side, ends), flat).astype(np.float32)
        return found

    return Solid(
        (
            (cx - half_x, cy - half_y, cz - half_z),
            (cx + half_x, cy + half_y, cz + half_z),
        ),
        distance,
    )


def _shoulders(marrow: float) -> list[Paint]:
    paints: list[Paint] = []
    for s in (-1.0, 1.0):
        clavicle = tube(
            [(s * 20, -66, 196), (s * 64, -52, 214), (s * 108, -18, 236), (s * 138, 2, 246)], 6.5
        )
        paints += _hollow(clavicle, 3.0, 700.0, marrow * 0.6)
        blade = Ellipsoid((s * 98.0, 80.0, 165.0), (46.0, 5.0, 66.0), rotation(-s * 36.0, 8.0))
        ridge = tube([(s * 74, 82, 204), (s * 112, 64, 224), (s * 142, 30, 240)], 5.5, 7.0)
        paints += [Paint(blade, 520.0, marrow * 0.6), Paint(grown(blade, -2.2), 160.0, marrow)]
        paints += _hollow(ridge, 3.0, 520.0, marrow * 0.6)
        socket = Ellipsoid((s * 130.0, 26.0, 222.0), (10.0, 17.0, 20.0))
        paints += [Paint(socket, 480.0, marrow * 0.6)]
    return paints


def _pelvis(marrow: float) -> list[Paint]:
    sacrum = Ellipsoid((0.0, 58.0, -274.0), (48.0, 19.0, 56.0), rotation(0.0, 28.0))
    coccyx = Capsule((0.0, 82.0, -318.0), (0.0, 74.0, -358.0), 10.0, 5.0)
    paints = [
        Paint(sacrum, 430.0, marrow * 0.8),
        Paint(grown(sacrum, -2.5), 130.0, marrow),
        Paint(coccyx, 320.0, marrow * 0.6),
    ]
    for s in (-1.0, 1.0):
        bowl = Ellipsoid((s * 40.0, 0.0, -292.0), (98.0, 84.0, 96.0))
        piece = Ellipsoid((s * 110.0, 40.0, -248.0), (58.0, 62.0, 66.0))
        wing = both(_plate(bowl, 11.0), piece)
        paints += [Paint(wing, 560.0, marrow * 0.8), Paint(grown(wing, -2.4), 190.0, marrow)]
        rods = [
            Capsule((s * 100, 30, -296), (s * 96, 6, -346), 15.0, 20.0),
            Capsule((s * 92, 4, -356), (s * 60, 44, -428), 17.0, 13.0),
            Capsule((s * 60, 44, -428), (s * 34, -20, -424), 11.0, 8.0),
            Capsule((s * 80, -18, -350), (s * 16, -52, -384), 12.0, 9.0),
            Capsule((s * 16, -52, -384), (s * 34, -20, -424), 9.0, 8.0),
        ]
        paints += _hollow(rods, 3.0, 560.0, marrow * 0.9)
        paints.append(Paint(Ellipsoid((s * 102.0, 2.0, -362.0), (27.0, 27.0, 27.0)), 70.0, 0.7))
    return paints


def _plate(shape: Shape, thickness: float) -> Solid:
    half = np.float32(thickness / 2)
    return Solid(shape.bounds, lambda x, y, z: np.abs(shape.distance(x, y, z)) - half)


def _limbs(marrow: float) -> list[Paint]:
    paints: list[Paint] = []
    for s in (-1.0, 1.0):
        head = Ellipsoid((s * 102.0, 2.0, -362.0), (23.5, 23.5, 23.5))
        paints += [Paint(head, 520.0, 0.6), Paint(grown(head, -2.5), 240.0, marrow * 0.6)]
        neck = Capsule((s * 102, 2, -362), (s * 140, 14, -398), 15.0, 17.0)
        trochanter = Ellipsoid((s * 146.0, 22.0, -396.0), (17.0, 20.0, 26.0))
        paints += _hollow([neck], 3.0, 620.0, marrow * 0.5)
        paints += [Paint(trochanter, 480.0, 0.5), Paint(grown(trochanter, -3.0), 130.0, 0.6)]
        shaft = [Capsule((s * 136, 18, -408), (s * 88, 6, -650), 17.0, 14.5)]
        paints += [Paint(x, 1250.0, 0.4) for x in shaft]
        paints.append(Paint(Capsule((s * 136, 18, -408), (s * 88, 6, -650), 9.0, 7.0), -40.0, 0.5))
        ball = Ellipsoid((s * 152.0, 20.0, 240.0), (22.0, 22.0, 22.0))
        paints += [Paint(ball, 460.0, 0.6), Paint(grown(ball, -2.5), 190.0, marrow * 0.6)]
        arm: list[Point] = [(s * 154, 18, 246), (s * 186, 10, 310), (s * 194, -14, 470)]
        paints += [Paint(x, 1150.0, 0.4) for x in tube(arm, 11.5, 10.0)]
        paints += [Paint(x, -20.0, 0.5) for x in tube(arm, 5.5)]
        forearm = Capsule((s * 192, -18, 474), (s * 150, -40, 560), 11.0, 8.0)
        paints += _hollow([forearm], 3.5, 1000.0, 0.4)
    return paints


def _hollow(rods: list[Capsule], wall: float, hu: float, marrow: float) -> list[Paint]:
    """Cortex first, all marrow afterwards, so that joined rods share one cavity."""
    inner = [
        Capsule(
            r.start,
            r.end,
            max(r.radius - wall, 1.0),
            max((r.radius if r.end_radius is None else r.end_radius) - wall, 1.0),
        )
        for r in rods
    ]
    return [Paint(r, hu, 0.7) for r in rods] + [Paint(r, 170.0, marrow) for r in inner]


def head(vary: Variation) -> list[Paint]:
    """Return skull, brain, face, salivary glands and tonsils, painted after the bones."""
    return [*_face(vary), *_brain(vary)]


def _brain(vary: Variation) -> list[Paint]:
    grey, white = vary.suv(9.0, 0.12), vary.suv(3.4, 0.1)
    outer = Ellipsoid((0.0, -3.0, 418.0), (71.0, 90.0, 82.0))
    skull = both(outer, _half_space_z(346.0))
    vault = both(Ellipsoid((0.0, -3.0, 418.0), (64.5, 83.0, 75.0)), _half_space_z(352.0))
    cerebrum = both(
        Ellipsoid((0.0, -4.0, 424.0), (62.0, 80.0, 65.0)), _half_space_z(378.0, slope=0.32)
    )
    rng = vary.rng
    waves = rng.normal(0, 1, (9, 3))
    waves = waves / np.linalg.norm(waves, axis=1, keepdims=True) * rng.uniform(0.17, 0.27, (9, 1))
    phases = rng.uniform(0, 2 * np.pi, 9)

    def folds(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        total: FloatArray = np.zeros(1, dtype=np.float32)
        for (a, b, c), phase in zip(waves.tolist(), phases.tolist(), strict=True):
            total = total + np.sin(a * x + b * y + c * z + phase)
        found: FloatArray = total.astype(np.float32)
        return found

    def sulci(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        depth = cerebrum.distance(x, y, z)
        found: FloatArray = np.maximum(np.abs(folds(x, y, z)) * 3.2 - 1.1, -depth - 13)
        return found.astype(np.float32)

    def inner_white(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found: FloatArray = cerebrum.distance(x, y, z) + 9 + 2.2 * folds(x, y, z)
        return found.astype(np.float32)

    low, high = cerebrum.bounds
    box = (low, high)
    paints = [
        Paint(skull, CORTEX, 0.6),
        Paint(shell(grown(outer, -1.8), 2.6), 500.0, 0.7, skull),
        Paint(vault, 10.0, 0.8, name="cerebrospinal fluid"),
        Paint(cerebrum, 38.0, grey, name="cortex"),
        Paint(Solid(box, sulci), 16.0, grey * 0.6, cerebrum),
        Paint(Solid(box, inner_white), 29.0, white, cerebrum),
        Paint(Solid(((-2.2, -90, 385), (2.2, 80, 500)), _slab_x(1.3)), 14.0, 2.0, cerebrum),
    ]
    for s in (-1.0, 1.0):
        side = [
            Paint(Ellipsoid((s * 12, -34, 428), (8, 12, 12)), 38.0, grey * 1.05),
            Paint(Ellipsoid((s * 26, -12, 420), (9, 24, 14)), 38.0, grey * 1.05),
            Paint(Ellipsoid((s * 11, 14, 422), (10, 16, 11)), 38.0, grey),
        ]
        horns = tube([(s * 6, -40, 440), (s * 9, -6, 446), (s * 17, 28, 440)], 4.0, 5.5)
        paints += [*side, *[Paint(r, 8.0, 1.0) for r in horns]]
        lobe = Ellipsoid((s * 42.0, -8.0, 388.0), (20.0, 44.0, 18.0))
        paints += [Paint(both(lobe, vault), 37.0, grey), Paint(grown(lobe, -9.0), 30.0, white)]
        cerebellum = Ellipsoid((s * 24.0, 48.0, 376.0), (27.0, 28.0, 22.0))
        paints += [
            Paint(both(cerebellum, vault), 37.0, grey * 0.8),
            Paint(grown(cerebellum, -11.0), 31.0, grey * 0.5),
        ]
    stem: list[Point] = [(0, 14, 404), (0, 16, 376), (0, 26, 342)]
    paints += [Paint(r, 32.0, grey * 0.45) for r in tube(stem, 13.0, 8.0)]
    return paints


def _half_space_z(level: float, slope: float = 0.0) -> Solid:
    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found: FloatArray = (level + slope * np.maximum(y, 0) - z + 0 * x).astype(np.float32)
        return found

    return Solid(((-120.0, -140.0, 300.0), (120.0, 140.0, 520.0)), distance)


def _slab_x(half: float) -> Distance:
    return lambda x, y, z: np.abs(x) - np.float32(half) + 0 * (y + z)


def _face(vary: Variation) -> list[Paint]:
    paints = [
        Paint(Ellipsoid((0.0, -38.0, 352.0), (52.0, 56.0, 64.0)), SOFT_FACE, 0.7),
        Paint(Ellipsoid((0.0, -76.0, 366.0), (42.0, 18.0, 34.0)), 420.0, 0.8),
        Paint(Ellipsoid((0.0, -30.0, 360.0), (44.0, 34.0, 22.0)), 300.0, 0.8),
        Paint(Ellipsoid((0.0, -56.0, 368.0), (7.0, 40.0, 24.0)), -700.0, 0.7),
        Paint(Ellipsoid((0.0, -58.0, 368.0), (1.5, 36.0, 22.0)), 200.0, 0.9),
        Paint(Ellipsoid((0.0, -86.0, 402.0), (22.0, 7.0, 12.0)), -900.0, 0.3),
        Paint(Ellipsoid((0.0, -18.0, 366.0), (12.0, 11.0, 10.0)), -880.0, 0.3),
        Paint(Ellipsoid((0.0, -62.0, 322.0), (26.0, 34.0, 17.0)), 50.0, vary.suv(1.7, 0.2)),
        Paint(Capsule((0.0, -14.0, 352.0), (0.0, -4.0, 296.0), 9.0, 8.0), -960.0, 0.3),
    ]
    for s in (-1.0, 1.0):
        eye = Ellipsoid((s * 32.0, -84.0, 384.0), (12.5, 12.5, 12.5))
        paints += [
            Paint(grown(eye, 4.5), -70.0, 0.4),
            Paint(eye, 8.0, 0.9),
            Paint(Ellipsoid((s * 24.0, -64.0, 354.0), (13.0, 16.0, 16.0)), -940.0, 0.2),
            Paint(Ellipsoid((s * 50.0, 20.0, 366.0), (13.0, 15.0, 16.0)), 320.0, 0.5),
            Paint(Ellipsoid((s * 50.0, 22.0, 364.0), (6.0, 8.0, 9.0)), -600.0, 0.4),
        ]
        jaw: list[Point] = [
            (s * 50, -10, 352),
            (s * 46, -28, 316),
            (s * 30, -72, 302),
            (s * 4, -92, 300),
        ]
        paints += _hollow(tube(jaw, 7.5, 8.5), 3.0, 950.0, 0.8)
        teeth: list[Point] = [(s * 26, -60, 318), (s * 18, -82, 318), (s * 3, -90, 318)]
        paints += [Paint(r, 1500.0, 0.4) for r in tube(teeth, 4.0)]
        glands = [
            (Ellipsoid((s * 56.0, 4.0, 342.0), (9.0, 15.0, 19.0)), 1.9),
            (Ellipsoid((s * 30.0, -44.0, 300.0), (9.0, 14.0, 9.0)), 2.2),
            (Ellipsoid((s * 16.0, -18.0, 330.0), (6.0, 8.0, 10.0)), 4.2),
        ]
        paints += [Paint(shape, 25.0, vary.suv(suv, 0.2)) for shape, suv in glands]
        masseter = Ellipsoid((s * 56.0, -26.0, 328.0), (8.0, 16.0, 24.0))
        paints.append(Paint(masseter, MUSCLE, 0.7))
    return paints


def neck(vary: Variation) -> list[Paint]:
    """Return muscles, vessels, airway and thyroid of the neck, painted before the bones."""
    low, high = 258.0, 316.0
    column = Profile(((low, 50.0, 48.0, 12.0), (high, 50.0, 50.0, 8.0)))
    paints = [
        Paint(column, -70.0, 0.4),
        Paint(Capsule((0.0, 48.0, low - 8), (0.0, 44.0, high + 8), 24.0), MUSCLE, 0.65),
        Paint(Capsule((0.0, -8.0, 278.0), (0.0, -14.0, 300.0), 14.0), 70.0, vary.suv(1.6, 0.2)),
        Paint(Capsule((0.0, 8.0, 230.0), (0.0, -4.0, 304.0), 8.5), -985.0, 0.2),
    ]
    for s in (-1.0, 1.0):
        rods = [
            Capsule((s * 52, 20, 330), (s * 18, -48, 216), 10.0, 8.0),
            Capsule((s * 26, 44, 320), (s * 46, 58, 230), 15.0, 20.0),
        ]
        paints += [Paint(r, MUSCLE, 0.65) for r in rods]
        paints.append(Paint(Ellipsoid((s * 17, -10, 262), (9, 9, 19)), 95.0, vary.suv(1.5, 0.15)))
        vein: list[Point] = [(s * 36, 10, 320), (s * 38, -2, 260), (s * 30, -14, 210)]
        paints += [Paint(r, BLOOD, 1.5) for r in tube(vein, 5.0, 6.0)]
    return paints
