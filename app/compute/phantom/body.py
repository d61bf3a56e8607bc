"""The trunk of the phantom: outline, fat, muscle, vessels, lungs and heart.

Nominal patient of 1.75 m: x to the left, y to the back, z to the head, in mm; z = 0 near the dome
of the diaphragm, vertex near 505, mid-thigh near -575. Sizes are those of anatomy textbooks,
rounded; uptakes are usual SUVbw of FDG one hour after injection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.compute.phantom.shapes import (
    Bounds,
    Capsule,
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
    without,
)

FAT, MUSCLE, BLOOD, AIR = -102.0, 58.0, 44.0, -990.0

TORSO = (
    (312.0, 57.0, 58.0, 8.0),
    (270.0, 62.0, 61.0, 10.0),
    (248.0, 104.0, 68.0, 12.0),
    (228.0, 158.0, 80.0, 10.0),
    (195.0, 181.0, 98.0, 5.0),
    (120.0, 176.0, 113.0, 0.0),
    (40.0, 169.0, 117.0, -1.0),
    (-40.0, 161.0, 114.0, -2.0),
    (-130.0, 153.0, 106.0, -3.0),
    (-195.0, 155.0, 103.0, -3.0),
    (-270.0, 171.0, 104.0, 1.0),
    (-345.0, 181.0, 110.0, 6.0),
    (-400.0, 180.0, 104.0, 9.0),
    (-436.0, 172.0, 92.0, 10.0),
)
CHEST = (
    (252.0, 34.0, 26.0, 16.0),
    (230.0, 74.0, 46.0, 12.0),
    (195.0, 108.0, 70.0, 4.0),
    (130.0, 132.0, 87.0, -2.0),
    (60.0, 142.0, 94.0, -4.0),
    (0.0, 143.0, 95.0, -4.0),
    (-60.0, 138.0, 90.0, -5.0),
    (-130.0, 130.0, 82.0, -8.0),
    (-190.0, 124.0, 72.0, -14.0),
)
BELLY = (
    (0.0, 134.0, 84.0, -12.0),
    (-130.0, 124.0, 72.0, -22.0),
    (-200.0, 126.0, 68.0, -26.0),
    (-270.0, 122.0, 70.0, -20.0),
    (-340.0, 88.0, 70.0, -8.0),
    (-400.0, 60.0, 55.0, 0.0),
)


class Variation:
    """What differs between phantoms of different seeds: uptake, places, shapes."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def suv(self, usual: float, spread: float = 0.12) -> float:
        """Return an uptake around the usual one (log-normal)."""
        return float(usual * np.exp(self.rng.normal(0.0, spread)))

    def shift(self, point: Point, sigma_mm: float) -> Point:
        """Return a point moved by a little in each direction (at most two sigma)."""
        step = np.clip(self.rng.normal(0.0, sigma_mm, 3), -2 * sigma_mm, 2 * sigma_mm)
        x, y, z = (np.array(point) + step).tolist()
        return x, y, z

    def uniform(self, low: float, high: float) -> float:
        """Return a number between the two."""
        return float(self.rng.uniform(low, high))


@dataclass(frozen=True)
class Frame:
    """Shapes that several organs refer to."""

    body: Shape
    chest: Shape
    belly: Shape
    lungs: Shape
    heart: Shape
    liver: Shape


def make_frame() -> Frame:
    """Return the outline of the body and its cavities."""
    torso = Profile(TORSO, power=2.5)
    legs = [
        Capsule((s * 90.0, 12.0, -405.0), (s * 84.0, 14.0, -640.0), 84.0, 68.0) for s in (-1, 1)
    ]
    arms = [
        rod
        for s in (-1.0, 1.0)
        for rod in tube(
            [(s * 150, 16, 222), (s * 186, 10, 300), (s * 194, -14, 470), (s * 150, -40, 560)],
            58.0,
            42.0,
        )
    ]
    cranium = Ellipsoid((0.0, -4.0, 416.0), (77.0, 97.0, 90.0))
    face = Ellipsoid((0.0, -42.0, 352.0), (60.0, 66.0, 76.0))
    nose = Ellipsoid((0.0, -110.0, 372.0), (14.0, 16.0, 22.0))
    ears = [Ellipsoid((s * 78.0, 12.0, 385.0), (7.0, 15.0, 28.0)) for s in (-1, 1)]
    head = union(cranium, face, nose, *ears, smooth_mm=16.0)
    scrotum = Ellipsoid((0.0, -50.0, -474.0), (32.0, 28.0, 44.0))
    body = union(torso, *legs, *arms, head, scrotum, smooth_mm=22.0)
    chest = Profile(CHEST, power=2.3)
    heart = Ellipsoid((22.0, -26.0, 40.0), (62.0, 48.0, 54.0), rotation(25.0, 0.0, 20.0))
    liver = _liver(chest, heart)
    return Frame(body, chest, Profile(BELLY, power=2.3), _lungs(chest), heart, liver)


def diaphragm_z(x: FloatArray, y: FloatArray) -> FloatArray:
    """Height of the diaphragm: two domes, the right one higher, falling to the back."""
    top = 15 - 9 * np.tanh(x / 22)
    # Steep towards the flanks, nearly level under the heart.
    aside = np.abs(x) - 66
    away = np.square(aside / np.where(aside > 0, np.float32(70), np.float32(150)))
    away = away + np.square((y + 14) / 66)
    dome: FloatArray = top - 44 * away - 0.22 * np.maximum(y, 0)
    return dome


def _lungs(chest: Profile) -> Solid:
    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        inside = chest.distance(x, y, z) + 1.5
        above = 0.75 * (diaphragm_z(x, y) - z)
        # The mediastinum is wide at the spine and the great vessels, thin behind the sternum.
        half = 13 + 17 * np.exp(-np.square((y - 4) / 34)) + 13 * np.exp(-np.square((y - 66) / 26))
        half = half + 14 * np.exp(-np.square((z - 225) / 26)) * (y < 60)
        beside = half - np.abs(x - 2)
        found: FloatArray = np.maximum(np.maximum(inside, above), beside).astype(np.float32)
        return found

    low, high = chest.bounds
    return Solid(((low[0], low[1], -115.0), (high[0], high[1], 246.0)), distance)


def _liver(chest: Profile, heart: Shape) -> Solid:
    right = Ellipsoid((-78.0, -4.0, -52.0), (72.0, 84.0, 86.0), rotation(-10.0))
    tip = Ellipsoid((-98.0, 6.0, -118.0), (34.0, 52.0, 58.0))
    left = Ellipsoid((0.0, -50.0, -38.0), (80.0, 38.0, 40.0), rotation(6.0, 0.0, -10.0))
    whole = union(right, tip, left, smooth_mm=26.0)

    def below(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found: FloatArray = (0.8 * (z - diaphragm_z(x, y) + 3)).astype(np.float32)
        return found

    everywhere: Bounds = ((-200.0, -150.0, -200.0), (200.0, 150.0, 60.0))
    return without(both(whole, grown(chest, -4.0), Solid(everywhere, below)), grown(heart, 4.0))


def trunk(frame: Frame, vary: Variation) -> list[Paint]:
    """Return fat, muscle, vessels, lungs and heart, in painting order."""
    return [
        *_wall(frame, vary),
        *_mediastinum(frame, vary),
        *_lung_tree(frame, vary),
        *_heart(frame, vary),
    ]


def _wall(frame: Frame, vary: Variation) -> list[Paint]:
    fat = vary.suv(0.28)
    muscle = vary.suv(0.62)
    lean = Profile(
        tuple((z, a - t, b - t, c) for (z, a, b, c), t in zip(TORSO, _FAT_MM, strict=True)), 2.4
    )
    paints = [
        Paint(frame.body, 10.0, 0.45, name="skin"),
        Paint(grown(frame.body, -2.2), FAT, fat, name="fat"),
        Paint(lean, MUSCLE, muscle, over=grown(frame.body, -5.0), name="muscle"),
    ]
    for s in (-1.0, 1.0):
        limbs = [
            Capsule((s * 88, 10, -400), (s * 83, 13, -640), 66.0, 55.0),
            *tube([(s * 150, 16, 228), (s * 186, 10, 300), (s * 194, -14, 470)], 44.0, 34.0),
            Capsule((s * 194, -14, 470), (s * 150, -40, 560), 34.0, 30.0),
        ]
        paints += [Paint(rod, MUSCLE, muscle) for rod in limbs]
        # Sheets of fat between muscles: what makes a CT of a thigh or a shoulder look like one.
        for angle in np.linspace(0.3, 5.9, 6):
            x, y = s * 88 + 60 * np.cos(angle), 10 + 60 * np.sin(angle)
            paints.append(
                Paint(
                    _sheet((s * 88.0, 10.0, -400.0), (x, y, -400.0), -640.0), -60.0, None, limbs[0]
                )
            )
        paints += [
            Paint(Ellipsoid((s * 92, 62, -352), (64, 34, 66)), MUSCLE, muscle),
            Paint(shell(Ellipsoid((s * 92, 60, -352), (68, 38, 70)), 4.0), FAT, fat, lean),
            Paint(shell(Ellipsoid((s * 118, 30, 215), (46, 40, 56)), 3.0), FAT, fat, lean),
            Paint(shell(Ellipsoid((s * 92, -84, 165), (72, 26, 62)), 3.5), FAT, fat, lean),
            Paint(shell(Ellipsoid((s * 40, 78, -150), (34, 30, 190)), 3.0), FAT, fat, lean),
            Paint(Ellipsoid((s * 40, 78, -150), (31, 27, 185)), MUSCLE, muscle, lean),
        ]
    paints += [
        Paint(grown(frame.chest, 9.0), MUSCLE, muscle, lean, name="chest wall"),
        Paint(frame.belly, FAT, vary.suv(0.36), name="belly fat"),
        Paint(_between_z(shell(grown(frame.belly, 15.0), 3.0), -330.0, -90.0), -60.0, None, lean),
        Paint(_between_z(shell(grown(frame.belly, 22.0), 2.5), -330.0, -90.0), -50.0, None, lean),
    ]
    for s in (-1.0, 1.0):
        psoas = tube([(s * 36, 24, -110), (s * 46, 14, -230), (s * 70, -18, -370)], 15.0, 17.0)
        paints += [Paint(rod, MUSCLE, muscle) for rod in psoas]
        # Fat around the vessels of groin and lower neck, where nodes lie.
        groin = Ellipsoid((s * 66.0, -68.0, -402.0), (22.0, 17.0, 44.0))
        paints.append(Paint(groin, FAT, fat, over=grown(frame.body, -3.0)))
        paints.append(Paint(Ellipsoid((s * 54.0, -6.0, 246.0), (24.0, 22.0, 17.0)), FAT, fat, lean))
        rectus = Ellipsoid((s * 33, -86, -180), (30, 8, 170))
        paints.append(Paint(rectus, MUSCLE, muscle, lean))
    return paints


_FAT_MM = (6.0, 7.0, 9.0, 10.0, 11.0, 12.0, 13.0, 15.0, 20.0, 22.0, 22.0, 22.0, 18.0, 14.0)


def _sheet(axis: Point, edge: Point, z_end: float) -> Solid:
    """Return a plane 2.4 mm thick from an axis along z to a parallel line."""
    dx, dy = edge[0] - axis[0], edge[1] - axis[1]
    length = float(np.hypot(dx, dy))
    ux, uy = dx / length, dy / length

    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        wave = 5 * np.sin(z / 47 + axis[0] + dx)
        along = (x - axis[0]) * ux + (y - axis[1]) * uy
        across = np.abs((x - axis[0]) * uy - (y - axis[1]) * ux + wave)
        found: FloatArray = np.maximum(across - 1.2, 22 - along).astype(np.float32)
        return found

    return Solid(
        (
            (min(axis[0], edge[0]) - 8, min(axis[1], edge[1]) - 8, z_end),
            (max(axis[0], edge[0]) + 8, max(axis[1], edge[1]) + 8, axis[2] + 20),
        ),
        distance,
    )


def _between_z(shape: Shape, low: float, high: float) -> Solid:
    (x0, y0, z0), (x1, y1, z1) = shape.bounds
    return Solid(((x0, y0, max(z0, low)), (x1, y1, min(z1, high))), shape.distance)


def _mediastinum(frame: Frame, vary: Variation) -> list[Paint]:
    blood = vary.suv(1.6, 0.08)
    low, high = frame.chest.bounds
    middle = Solid(
        ((-60.0, low[1], -60.0), (60.0, high[1], 250.0)), grown(frame.chest, -2.0).distance
    )
    paints = [
        Paint(middle, -85.0, 0.5, name="mediastinal fat"),
        Paint(frame.lungs, -845.0, vary.suv(0.38), name="lungs"),
    ]
    vessels: list[tuple[list[Point], float, float]] = [
        ([(14, -28, 92), (2, -34, 118), (4, -24, 146), (16, 8, 158), (24, 44, 146)], 15.0, 13.0),
        ([(24, 44, 146), (24, 46, 90), (20, 38, 10), (10, 14, -60)], 13.0, 11.0),
        ([(10, 14, -60), (5, 0, -130), (3, -4, -205)], 10.0, 9.0),
        ([(-24, -18, 190), (-26, -16, 140), (-24, -8, 80)], 9.0, 10.0),
        ([(-20, -4, 20), (-28, 4, -60), (-22, -2, -150), (-14, -2, -210)], 12.0, 10.0),
        ([(12, -30, 86), (10, -20, 118), (22, 6, 122)], 13.0, 11.0),
        ([(22, 6, 122), (46, 18, 116)], 10.0, 8.0),
        ([(12, -8, 120), (-30, 6, 112), (-50, 16, 106)], 9.0, 7.0),
        ([(-6, -22, 168), (-18, -8, 205), (-32, 0, 285)], 6.0, 4.5),
        ([(10, -4, 168), (26, -2, 205), (34, 0, 285)], 5.5, 4.5),
        ([(18, 8, 166), (46, 8, 222), (110, -4, 235)], 5.0, 4.0),
        ([(-26, -16, 186), (-60, -6, 225), (-112, -6, 232)], 6.0, 4.5),
        ([(24, -24, 186), (-20, -20, 178)], 5.5, 6.0),
    ]
    for points, start, end in vessels:
        paints += [Paint(rod, BLOOD, blood) for rod in tube(points, start, end)]
    for s in (-1.0, 1.0):
        iliac: list[Point] = [(2, -4, -203), (s * 34, 10, -260), (s * 58, -20, -340)]
        femoral: list[Point] = [(s * 58, -20, -340), (s * 66, -52, -395), (s * 72, -28, -600)]
        paints += [Paint(rod, BLOOD, blood) for rod in tube(iliac, 6.5, 5.0)]
        paints += [Paint(rod, BLOOD, blood) for rod in tube(femoral, 5.0, 4.0)]
        vein: list[Point] = [(-14, -2, -208), (s * 40, 24, -265), (s * 50, -10, -345)]
        paints += [Paint(rod, BLOOD, blood) for rod in tube(vein, 7.0, 6.0)]
    gullet: list[Point] = [(4, 28, 260), (4, 26, 160), (12, 28, 70), (24, 14, -8)]
    paints += [Paint(rod, 38.0, vary.suv(1.5)) for rod in tube(gullet, 8.0)]
    airway: list[tuple[list[Point], float, float]] = [
        ([(0, 8, 300), (0, 14, 230), (0, 16, 132)], 9.0, 8.5),
        ([(0, 16, 132), (34, 20, 106)], 7.0, 5.0),
        ([(0, 16, 132), (-34, 22, 108)], 7.5, 5.5),
        ([(34, 20, 106), (64, 24, 80)], 4.5, 2.5),
        ([(-34, 22, 108), (-66, 26, 82)], 5.0, 2.5),
    ]
    for points, start, end in airway:
        paints += [Paint(r, 30.0, 0.9) for r in tube(points, start + 2.0, end + 1.5)]
        paints += [Paint(r, AIR, 0.1) for r in tube(points, start, end)]
    return paints


def _lung_tree(frame: Frame, vary: Variation) -> list[Paint]:
    """Vessels that branch from each hilum: twigs grow until they leave the lung."""
    paints: list[Paint] = []
    for s in (-1.0, 1.0):
        front: list[tuple[Point, npt.NDArray[np.float64] | None, float, int]] = [
            ((s * 42.0, 16.0, 108.0), None, 5.0, 0)
        ]
        while front:
            start, heading, radius, depth = front.pop()
            for _ in range(16 if depth == 0 else 2 if depth < 5 else 0):
                way = vary.rng.normal(0, 1, 3) if heading is None else heading
                if depth == 0:
                    way = way * (0.6, 0.9, 1.2) + (s * 0.9, 0.0, -0.2)
                way = way / np.linalg.norm(way) + vary.rng.normal(0, 0.38, 3) * (depth > 0)
                way = way / np.linalg.norm(way)
                end = np.array(start) + way * vary.uniform(18, 32)
                x, y, z = (np.float32(v).reshape(1, 1, 1) for v in end)
                if float(frame.lungs.distance(x, y, z)[0, 0, 0]) > -6:
                    continue
                point: Point = (float(end[0]), float(end[1]), float(end[2]))
                thin = radius * vary.uniform(0.66, 0.8)
                paints.append(Paint(Capsule(start, point, radius, thin), 35.0, 1.0, frame.lungs))
                front.append((point, way, thin, depth + 1))
    return paints


def _heart(frame: Frame, vary: Variation) -> list[Paint]:
    blood = vary.suv(1.6, 0.08)
    muscle = vary.suv(4.6, 0.35)
    turn = rotation(35.0, 0.0, 28.0)
    ventricle = Ellipsoid((44.0, -26.0, 32.0), (46.0, 31.0, 31.0), turn)
    cavity = Ellipsoid((39.0, -23.0, 35.0), (34.0, 19.0, 19.0), turn)
    right = Ellipsoid((4.0, -46.0, 36.0), (40.0, 23.0, 32.0), rotation(30.0))
    atria = [
        Ellipsoid((26.0, 16.0, 68.0), (32.0, 20.0, 22.0)),
        Ellipsoid((-26.0, -10.0, 52.0), (21, 26, 33)),
    ]
    return [
        Paint(grown(frame.heart, 4.0), -95.0, 0.5, name="pericardial fat"),
        Paint(union(frame.heart, *atria, smooth_mm=8.0), 40.0, 1.2),
        Paint(shell(frame.heart, 5.0), -60.0, 0.6),
        *[Paint(x, BLOOD, blood) for x in atria],
        Paint(right, BLOOD, blood),
        Paint(ventricle, 50.0, muscle, name="myocardium"),
        Paint(cavity, BLOOD, blood),
        # The septum and the base take up less than the free wall.
        Paint(Ellipsoid((14.0, -14.0, 48.0), (16.0, 22.0, 22.0), turn), 46.0, blood),
    ]
