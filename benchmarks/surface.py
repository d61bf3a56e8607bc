"""The body's surface of the 3D view, against vtkFlyingEdges3D on the whole CT.

One run prints one ratio: time of `viewers.make.surface.body_surface` (blocks averaged, table taken
off, lungs closed, smoothed) over the time of vtkFlyingEdges3D with normals at the same level on the
CT as it is. Memory is printed beside it: bytes of both meshes, and what each process of its own
grew by at its peak over the study. So is the median CPU time of a picture of 600 x 800 pixels,
drawn off the screen in software: finely, and coarsely as while it turns.

Usage: ``python benchmarks/surface.py [FOLDER]``; it needs no display.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

TARGET = 1.0
RUNS, PICTURES = 3, 8
SIZE = (600, 800)
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def peak_bytes() -> int:
    """High-water mark of this process's resident memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def ours(folder: Path) -> dict[str, float]:
    """Make the body, and draw it from all sides."""
    from app.io.open.study import open_study
    from viewers.make.surface import body_surface
    from viewers.paint.surface_render import SurfaceRenderer
    from viewers.scene.surface_state import SurfaceState
    from viewers.space.geometry import PaneView, Plane

    study = open_study([folder])
    before = peak_bytes()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        body = body_surface(study)
        times.append(time.perf_counter() - start)
    assert body is not None
    result = {
        "time": median(times),
        "triangles": len(body.triangles),
        "mesh": body.nbytes,
        "grown": peak_bytes() - before,
    }
    renderer, state = SurfaceRenderer(), SurfaceState(body=body, ready=True)
    centre, extent = state.extent(None)
    view = PaneView(Plane.CORONAL, centre, max(extent[0] / SIZE[0], extent[1] / SIZE[1]), *SIZE)
    for name, coarse in (("fine", False), ("coarse", True)):
        spent = []
        for n in range(PICTURES + 1):
            state = replace(state, turn_degrees=10.0 * n)
            start = time.process_time()
            renderer.picture(body, None, {}, state.camera(None, 0), view, 0.16, coarse=coarse)
            spent.append(time.process_time() - start)
        # The first one makes the window.
        result[name] = median(spent[1:])
    renderer.close()
    result["drawn"] = peak_bytes() - before
    return result


def peer(folder: Path) -> dict[str, float]:
    """Find the surface of the whole CT."""
    import numpy as np
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    from app.io.open.study import open_study
    from viewers.make.surface import SKIN_HU
    from viewers.make.vtk_images import as_image

    study = open_study([folder])
    assert study.ct is not None
    before = peak_bytes()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        edges = vtkFlyingEdges3D()
        edges.SetInputData(as_image(np.asarray(study.ct.array)))
        edges.SetValue(0, SKIN_HU)
        edges.ComputeNormalsOn()
        edges.Update()
        times.append(time.perf_counter() - start)
    found = edges.GetOutput()
    return {
        "time": median(times),
        "triangles": found.GetNumberOfPolys(),
        "mesh": 1024 * found.GetActualMemorySize(),
        "grown": peak_bytes() - before,
    }


def measured(kind: str, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, kind, str(folder)]
    environment = {**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> int:
    """Print times, memory and the ratio; return 1 where the target is missed."""
    sides = {"--ours": ours, "--peer": peer}
    if len(sys.argv) > 2 and sys.argv[1] in sides:
        print(json.dumps(sides[sys.argv[1]](Path(sys.argv[2]))), flush=True)
        return 0
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not folder.is_dir():
        print(f"surface: skipped, {folder.name} is not here")
        return 0
    one, other = measured("--ours", folder), measured("--peer", folder)
    ratio, mib = one["time"] / other["time"], 2**20
    print(
        f"surface: Uptake {one['time']:.2f} s, {one['triangles']:.0f} triangles in "
        f"{one['mesh'] / mib:.1f} MiB, grown by {one['grown'] / mib:.0f} MiB "
        f"({one['drawn'] / mib:.0f} with drawing); vtkFlyingEdges3D on the whole CT "
        f"{other['time']:.2f} s, {other['triangles']:.0f} triangles in "
        f"{other['mesh'] / mib:.0f} MiB, grown by {other['grown'] / mib:.0f} MiB; "
        f"CPU time of a picture {1000 * one['fine']:.0f} ms, "
        f"{1000 * one['coarse']:.0f} ms while it turns; "
        f"ratio {ratio:.2f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
