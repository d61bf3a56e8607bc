"""Where the checkout, the third-party data beside it, and the reference pictures are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Third-party data lies beside the checkout and is never part of it.
SHARED_DATA = ROOT.parent / "shared" / "data"
ACRIN = SHARED_DATA / "acrin-nsclc-042"
REFERENCES = ROOT / "tests" / "screenshots" / "viewers"
#: Where the sample study of the tests is kept from run to run; made anew when its code changes.
SAMPLE_CACHE = ROOT / "build" / "test-cache"
