"""The command line: the composition root that sees every room.

Exit codes: 0 done, 2 wrong use, 1 a problem said in one sentence on standard error. With
``--json`` standard output holds one JSON document and nothing else. What brings a heavy library
is imported inside the commands, so that each starts with no more than it needs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.arguments import make_parser
from app.core.kit.errors import JobCancelled, KnownError
from app.core.kit.jobs import JobContext
from app.core.lesions.measure import measure_layers, recovered_values, unmeasured_notes
from app.core.study.placement import apart_roles, fused_as_read
from app.core.study.words import unquoted
from app.io.write.documents.lesions import measure_document
from app.io.write.documents.study import study_provenance
from app.io.write.names import SUMMARY, summary_of
from app.terminal import DEBUG_VARIABLE, prepare, print_text, progress, say_unexpected
from app.terminal import print_json as _print_json
from app.terminal import say as _say
from app.terminal import tell as _tell
from inference.models.packages import BrokenPackage, find_model, list_packages

if TYPE_CHECKING:
    from app.core.lesions.analysis import LesionAnalysis
    from app.core.study.derived import DerivedImage
    from app.core.study.study import Study
    from app.io.open.named import NamedPlaces

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    parser = make_parser()
    if not argv or (argv[0] not in _COMMANDS and not argv[0].startswith("-")):
        # `uptake PATH...` opens the window; a folder named like a command needs `./` before it.
        argv = ["open", *argv]
    elif argv[0].split("=")[0] in ("--pet", "--ct", "--mr"):
        argv = ["open", *argv]
    options = parser.parse_args(argv)
    if getattr(options, "paths", None) and any(_is_nifti(x) for x in _parts(options)):
        parser.error("NIfTI images are named with --pet, --ct and --mr, without a PATH beside them")
    debug = bool(options.debug or os.environ.get(DEBUG_VARIABLE))
    prepare(debug=debug)
    try:
        return _COMMANDS[options.command](options)
    except KnownError as error:
        _say(str(error))
    except (KeyboardInterrupt, JobCancelled):
        _say("Stopped.")
    except MemoryError:
        _say("The computer ran out of memory. Close other programs and try again.")
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not a problem to talk about.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - the last catch: no traceback, which quotes headers
        if isinstance(error, OSError) and error.errno is not None:
            _say(f"A file could not be read or written: {error.strerror or 'unknown reason'}.")
        else:
            say_unexpected(error, debug=debug)
    return 1


def _open(options: argparse.Namespace) -> int:
    from ui.window.start import run

    return run(options.paths, pet=options.pet, ct=options.ct, mr=options.mr)


def _demo(_options: argparse.Namespace) -> int:
    from ui.window.start import run

    return run([], demo=True)


def _info(options: argparse.Namespace) -> int:
    from app.io.open.info import describe

    _paths(options)
    document = describe(options.paths, _progress(options), _named(options))
    if not document["series"]:
        _say(document["chosen"]["why"])
    if options.json:
        _print_json(document)
    else:
        _print_info(document)
    return 0 if document["series"] else 1


def _print_info(document: dict[str, Any]) -> None:
    for series in document["series"]:
        suv = series.get("suv")
        note = f"SUV factor {suv['factor']} ({suv['type']})" if suv else series.get("why", "")
        _tell(f"{series['role']:<18} {series['images']:>5} images  {series['description']}  {note}")
        for warning in dict.fromkeys([*series["warnings"], *(suv["warnings"] if suv else ())]):
            _tell(f"    {warning}")
    _tell(f"Chosen: {document['chosen']['why']}")
    for warning in document["chosen"]["warnings"]:
        _tell(f"    {warning}")
    for refused in document["refused"]:
        _tell(f"Refused {refused['file']}: {refused['reason']}")


def _analyze(options: argparse.Namespace) -> int:
    from app.io.write.exporter import export
    from app.io.write.lesions import LesionFiles
    from inference.tasks.find_lesions import find_lesions, request_for

    context = _progress(options)
    _require_folder_place(options.out)
    study = _study(options, context.part(0.0, 0.1))
    request = request_for(
        study, model_id=options.model, samples=options.samples, device=options.device
    )
    analysis = find_lesions(request, context.part(0.1, 0.95))
    if options.recovery_fwhm is not None:
        analysis = _recovered(study, analysis, options.recovery_fwhm)
    files = export(study, [LesionFiles(analysis)], options.out, context.part(0.95, 1.0))
    text = (options.out / SUMMARY).read_text(encoding="utf-8")
    _say_notes(study, text)
    if options.json:
        print_text(text)
        return 0
    totals = analysis.totals()
    _tell(
        f"{totals.count} lesions, TMTV {totals.tmtv_ml:.1f} ml, total TLG {totals.tlg:.1f} ml; "
        f"{len(files)} files in {options.out}"
    )
    return 0


def _recovered(study: Study, analysis: LesionAnalysis, fwhm_mm: float) -> LesionAnalysis:
    assert study.pet is not None
    return analysis.with_recovered(recovered_values(study.pet, analysis.segmentation, fwhm_mm))


def _measure(options: argparse.Namespace) -> int:
    from app.io.outlines.masks import read_outlines, require_mask

    # Before the study is read, which may take a minute.
    require_mask(options.mask)
    study = _study(options, _progress(options))
    if study.pet is None:
        raise KnownError("There is no PET to measure on.", "Give a folder that holds one.")
    if study.suv is not None and study.suv.type is None and study.suv.why:
        # The reason was said as a note when the study was read.
        raise KnownError(
            "Outlines are measured in SUV, and this PET has none: a note above says why.",
            "Open the series as it came from the scanner, or type in values in the window.",
        )
    outlines = read_outlines(options.mask, study.pet, study.images.values())
    first, *more = outlines.layers
    width = options.recovery_fwhm
    notes = [*outlines.notes, *unmeasured_notes(study.pet, outlines.layers)]
    if width is not None and more:
        notes.append("Recovered values do not know of outlines that overlap.")
    for note in notes:
        _say(f"note: {note}")
    values, summed = measure_layers(study.pet, outlines.layers, recovery_fwhm_mm=width)
    stated = replace(study_provenance(study), recovery_fwhm_mm=width)
    document = measure_document(
        study, first, values, stated,
        mask=options.mask, more=more, summed=summed, notes=notes,
    )  # fmt: skip
    if options.json:
        _print_json(document)
        return 0
    for lesion in document["lesions"]:
        _tell(
            f"{lesion['name']:<24} SUVmax {lesion['suv_max']:8.2f}  SUVmean "
            f"{lesion['suv_mean']:8.2f}  SUVpeak {lesion['suv_peak']:8.2f}  "
            f"MTV {lesion['mtv_ml']:9.2f} ml  TLG {lesion['tlg']:10.2f}" + _recovered_text(lesion)
        )
    return 0


def _recovered_text(lesion: dict[str, Any]) -> str:
    if "suv_mean_recovered" not in lesion:
        return ""
    mean, greatest = lesion["suv_mean_recovered"], lesion["suv_max_recovered"]
    if mean is None:
        return "  recovered: not defined"
    return f"  recovered SUVmean {mean:8.2f} SUVmax {greatest:8.2f}"


def _run(options: argparse.Namespace) -> int:
    from app.io.write.derived import DerivedFiles
    from app.io.write.exporter import export
    from inference.tasks.derive import DEFAULT_SAMPLES, derive, derive_request

    card = find_model(options.model)
    context = _progress(options)
    _require_folder_place(options.out)
    study = _study(options, context.part(0.0, 0.1))
    request = derive_request(
        study,
        card,
        samples=DEFAULT_SAMPLES if options.samples is None else options.samples,
        device=options.device,
        dose_reduction=options.dose_reduction,
    )
    image = derive(request, context.part(0.1, 0.9))
    files = export(study, [DerivedFiles(image)], options.out, context.part(0.9, 1.0))
    return _say_derived(options, study, image, files)


def _mu_map(options: argparse.Namespace) -> int:
    from app.io.write.derived import DerivedFiles
    from app.io.write.exporter import export
    from app.io.write.synthetic_report import mu_of_ct

    context = _progress(options)
    _require_folder_place(options.out)
    study = _study(options, context.part(0.0, 0.3), ct_alone=True)
    image = mu_of_ct(study, options.kvp, context.part(0.3, 0.6))
    files = export(study, [DerivedFiles(image)], options.out, context.part(0.6, 1.0))
    return _say_derived(options, study, image, files)


def _say_notes(study: Study, summary: str) -> None:
    """Say what a summary warns of and was not said when the study was read."""
    said = {unquoted(study, x) for x in study.warnings}
    for warning in json.loads(summary)["warnings"]:
        if warning not in said:
            _say(f"note: {warning}")


def _say_derived(
    options: argparse.Namespace, study: Study, image: DerivedImage, files: Sequence[Path]
) -> int:
    """Say what was written of a derived image, and what its maker warns of."""
    # That name is a lesion search's, where the folder holds one.
    summary = options.out / SUMMARY
    if summary not in files:
        summary = options.out / summary_of(image.kind)
    text = summary.read_text(encoding="utf-8")
    _say_notes(study, text)
    if options.json:
        print_text(text)
        return 0
    _tell(f"{image.title}: {image.kind}, {len(files)} files in {options.out}")
    return 0


def _models(options: argparse.Namespace) -> int:
    found = list_packages()
    cards = [x for x in found if not isinstance(x, BrokenPackage)]
    broken = [x for x in found if isinstance(x, BrokenPackage)]
    if options.json:
        unusable = [{"folder": x.folder.name, "problem": x.problem} for x in broken]
        _print_json({"models": [card.to_json() for card in cards], "broken": unusable})
        return 0
    for package in broken:
        _say(f"The model package {package.folder.name} cannot be used. {package.problem}")
    for card in cards:
        _tell(f"{card.id} {card.version}  {card.name}")
        _tell(f"    {card.summary}")
        _tell(f"    {card.intended_use}")
    return 0


def _snapshot(options: argparse.Namespace) -> int:
    from ui.window.start import snapshot

    # The picture itself shows what is to be said of the study.
    study = _read(options, JobContext())
    other = None
    if options.compare is not None:
        from app.io.open.study import open_study

        other = open_study([options.compare], JobContext())
    snapshot(
        study,
        options.out,
        options.layout,
        options.size,
        other,
        patient_text=options.patient_text,
    )
    _tell(str(options.out))
    return 0


def _train(options: argparse.Namespace) -> int:
    from inference.training.recipe import run_recipe

    context = _progress(options, by_lines=True)
    metrics = run_recipe(
        options.recipe,
        options.data,
        options.out,
        progress=context.progress,
        max_minutes=options.max_minutes,
    )
    _print_json(metrics)
    return 0


_COMMANDS: dict[str, Command] = {
    "open": _open,
    "demo": _demo,
    "info": _info,
    "analyze": _analyze,
    "measure": _measure,
    "models": _models,
    "mu-map": _mu_map,
    "run": _run,
    "snapshot": _snapshot,
    "train": _train,
}


def _parts(options: argparse.Namespace) -> list[Path]:
    """Return the images that were named one by one."""
    named = (getattr(options, x, None) for x in ("pet", "ct", "mr"))
    return [x for x in named if x is not None]


def _paths(options: argparse.Namespace) -> list[Path]:
    paths = [*options.paths, *_parts(options)]
    if not paths:
        raise KnownError("No folder or file was given.", "Name the folder of a study.")
    return paths


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith((".nii", ".nii.gz"))


def _named(options: argparse.Namespace) -> NamedPlaces:
    """Return the images that were named one by one."""
    from app.io.open.named import NamedPlaces

    return NamedPlaces(options.pet, options.ct, options.mr)


def _read(options: argparse.Namespace, context: JobContext, *, ct_alone: bool = False) -> Study:
    from app.io.open.named import open_files
    from app.io.open.study import open_study

    if _parts(options):
        study = open_files(
            options.pet, options.ct, context, mr=options.mr, paths=options.paths, ct_alone=ct_alone
        )
    else:
        study = open_study(_paths(options), context)
    if not options.fuse_as_is:
        return study
    if not apart_roles(study):
        _say("note: --fuse-as-is changes nothing: no image lies in another frame of reference.")
    return fused_as_read(study)


def _study(options: argparse.Namespace, context: JobContext, *, ct_alone: bool = False) -> Study:
    """Read the study, and say on standard error what is to be said of it."""
    study = _read(options, context, ct_alone=ct_alone)
    for warning in study.warnings:
        _say(f"note: {warning}")
    return study


def _require_folder_place(folder: Path) -> None:
    """Say at once, not after minutes of work, that the results have nowhere to go."""
    if folder.exists() and not folder.is_dir():
        raise KnownError(f"{folder.name} is a file.", "Name a folder for the results.")


def _progress(options: argparse.Namespace, *, by_lines: bool = False) -> JobContext:
    return progress(quiet=getattr(options, "quiet", False), by_lines=by_lines)
