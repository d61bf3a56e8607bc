"""The sample study: the phantom of the reserved seed, as DICOM in the user's cache."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from platformdirs import user_cache_path

import app.compute.phantom.phantom as phantom_module
from app.compute.phantom.phantom import PHANTOM_VERSION, SAMPLE_SEED, Phantom, make_phantom
from app.core.kit.errors import ExportError
from app.core.kit.jobs import JobContext
from app.io.write.dicom import elements, scanner
from app.io.write.dicom.scanner import StudyFacts, write_ct, write_pet

#: Overrides the place of the cache; for tests and read-only homes.
CACHE_VARIABLE = "UPTAKE_CACHE"

_TRUTH = "truth.json"
_STUDY = "study"


def sample_facts() -> StudyFacts:
    """Return what the headers of the sample study say."""
    start = datetime(2026, 1, 15, 10, 2, 0)
    return StudyFacts(
        seed_text=f"sample-{PHANTOM_VERSION}-{SAMPLE_SEED}",
        patient_name="PHANTOM^WHOLE BODY",
        patient_id="UPTAKE-SAMPLE",
        sex="M",
        weight_kg=75.0,
        height_m=1.75,
        age_years=60,
        injected_bq=280e6,
        injection=start - timedelta(minutes=61),
        scan_start=start,
        study_description="Sample study: FDG phantom, ten lesions",
    )


def cache_folder() -> Path:
    """Return the folder of the program's cache (not made)."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else user_cache_path("uptake", appauthor=False)


def sample_study_folder(context: JobContext | None = None) -> Path:
    """Return the folder of the sample study; make it when it is not there or is an older one.

    It holds DICOM only; the truth of the lesions lies beside it in ``truth.json``. The name of
    the folder around both holds the phantom's version and a hash of the code that makes it. It is
    written under another name first, so a folder with the right name is a whole study.

    Raises
    ------
    ExportError
        If the cache cannot be written.
    JobCancelled
        If the context was cancelled; nothing is left behind.
    """
    context = context or JobContext()
    root = cache_folder()
    folder = root / f"sample-{PHANTOM_VERSION}-{_code_hash()}"
    if (folder / _TRUTH).is_file():
        context.progress(1.0, "Sample study found")
        return folder / _STUDY
    try:
        root.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".sample-", dir=root))
    except OSError as error:
        raise _unwritable(error) from error
    try:
        _write(place, context)
        place.chmod(0o755)
        _move(place, folder)
    except OSError as error:
        raise _unwritable(error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
    _remove_older(root, folder)
    return folder / _STUDY


def _write(place: Path, context: JobContext) -> None:
    phantom = make_phantom(SAMPLE_SEED, context=context.part(0.0, 0.75))
    facts = sample_facts()
    for name in ("ct", "pet"):
        (place / _STUDY / name).mkdir(parents=True)
    write_ct(phantom.ct_hu, facts, place / _STUDY / "ct", context.part(0.75, 0.88))
    write_pet(phantom.pet_suvbw, facts, place / _STUDY / "pet", context.part(0.88, 1.0))
    (place / _TRUTH).write_text(json.dumps(truth_document(phantom), indent=2), encoding="utf-8")


def truth_document(phantom: Phantom) -> dict[str, object]:
    """Return the truth of a phantom's lesions: name, place, radii, volume, uptake."""
    return {
        "seed": phantom.seed,
        "version": PHANTOM_VERSION,
        "lesions": [
            {
                "label": x.label,
                "name": x.name,
                "centre_lps_mm": x.centre_lps_mm,
                "radii_mm": x.radii_mm,
                "volume_ml": x.volume_ml,
                "suv": x.suv,
            }
            for x in phantom.lesions
        ],
    }


def _move(place: Path, folder: Path) -> None:
    if folder.exists() and not (folder / _TRUTH).is_file():
        shutil.rmtree(folder)  # something cut short by other means
    try:
        place.rename(folder)
    except OSError:
        # Another Uptake may have been faster: its study is as good as ours.
        if not (folder / _TRUTH).is_file():
            raise


def _remove_older(root: Path, folder: Path) -> None:
    for other in root.glob("sample-*"):
        if other != folder and other.is_dir():
            with contextlib.suppress(OSError):
                shutil.rmtree(other)


def _code_hash() -> str:
    """Return a hash of the modules that make the study, so that a change makes a new one."""
    digest = hashlib.sha256()
    room = Path(phantom_module.__file__).parent
    writers = (Path(x.__file__ or "") for x in (elements, scanner))
    for path in (*sorted(room.glob("*.py")), *writers):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _unwritable(error: OSError) -> ExportError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            "The disk is full, so the sample study could not be made.",
            "It needs 100 MB in your cache folder.",
        )
    return ExportError(
        f"The sample study could not be written: {error.strerror or 'unknown reason'}.",
        f"Set {CACHE_VARIABLE} to a folder that you may write to.",
    )
