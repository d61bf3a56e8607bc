"""Memory after 1,000 cycles of opening, comparing and closing two small studies, against cycle 10.

Every cycle reads a folder with two dates in the background, waits for MIP frames and thumbnails,
shows both in the compare layout, and closes both. The ratio printed is

    resident memory after the last cycle / resident memory after cycle 10

Usage: ``python benchmarks/memory_cycles.py [CYCLES]``; without a display it starts itself on Xvfb.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

from memory_studies import DATES, need_display, resident_bytes, wait_idle

TARGET = 1.05
CYCLES = 1000
FIRST = 10


def run(folder: Path, cycles: int) -> dict[int, int]:
    """Return the resident memory (bytes) after cycle 10, after every tenth part, and the last."""
    from ui.window.start import make_application, make_window

    make_application()
    window = make_window()
    window.resize(1280, 800)
    window.show()
    session = window.session

    found: dict[int, int] = {}
    for cycle in range(1, cycles + 1):
        session.studies.open_paths([folder])
        wait_idle(window)
        window.actions_["compare"].trigger()
        wait_idle(window)
        for _ in range(2):
            session.studies.close()
            wait_idle(window)
        if session.studies.all:
            raise RuntimeError("a study was not closed")
        if cycle in (FIRST, cycles) or cycle % max(1, cycles // 10) == 0:
            gc.collect()
            found[cycle] = resident_bytes()
            print(f"  cycle {cycle}: {found[cycle] / 2**20:.1f} MiB", flush=True)
    window.close()
    session.shutdown()
    return found


def main() -> int:
    """Print the memory and the ratio; return 1 where the target is missed."""
    if not need_display():
        print("memory of open-close cycles: skipped, there is no display and no xvfb-run")
        return 0
    from two_dates import SEEDS, write_date

    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else CYCLES
    with tempfile.TemporaryDirectory() as place:
        os.environ["UPTAKE_CONFIG"] = f"{place}/config"
        folder = Path(place) / "study"
        for seed, date in zip(SEEDS[:2], DATES, strict=True):
            write_date(folder / f"{seed}", seed, 0, date, small=True)
        found = run(folder, cycles)
    mib = 2**20
    ratio = found[cycles] / found[FIRST]
    print(
        f"memory of open-close cycles: {found[cycles] / mib:.0f} MiB after {cycles}, "
        f"{found[FIRST] / mib:.0f} MiB after {FIRST}, ratio {ratio:.3f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
