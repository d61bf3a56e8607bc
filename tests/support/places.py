"""Where the checkout, the third-party data beside it, and the reference pictures are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Third-party data lies beside the checkout and is never part of it.
SHARED_DATA = ROOT.parent / "shared" / "data"
ACRIN = SHARED_DATA / "acrin-nsclc-042"
REFERENCES = ROOT / "tests" / "screenshots" / "viewers"
#: Cache of the program while it is tested: the sample study is made anew when its code changes.
CACHE = ROOT / "build" / "test-cache"
