"""What the command line takes: commands, options and the types of their values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import __version__


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1600x1000")
    return int(match[1]), int(match[2])


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 2 <= value <= 200:
        raise argparse.ArgumentTypeError("the number of samples lies between 2 and 200")
    return value


def _samples(text: str) -> int:
    return 0 if text.strip() == "0" else _count(text)


def _millimetres(text: str) -> float:
    from app.core.lesions.partial_volume import FWHM_RANGE_MM

    low, high = FWHM_RANGE_MM
    value = _number(text)
    if value is None or not low <= value <= high:
        raise argparse.ArgumentTypeError(f"the blur lies between {low:g} and {high:g} mm")
    return value


def _reduction(text: str) -> float:
    value = _number(text)
    if value is None or not 1.0 < value <= 100.0:
        raise argparse.ArgumentTypeError("the dose was divided by more than 1 and at most 100")
    return value


def _kilovolts(text: str) -> float:
    from app.compute.attenuation.factors import KVP_RANGE

    low, high = KVP_RANGE
    value = _number(text)
    if value is None or not low <= value <= high:
        raise argparse.ArgumentTypeError(
            f"the tube voltage of a CT lies between {low:g} and {high:g} kV"
        )
    return value


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not auto, cpu or cuda:0")
    return text


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder (searched deep) or files"
    )
    parser.add_argument(
        "--pet", type=Path, metavar="PATH", help="a PET: NIfTI in SUVbw, or DICOM files or folder"
    )
    parser.add_argument(
        "--ct", type=Path, metavar="PATH", help="its CT: NIfTI in HU, or DICOM, of any study"
    )
    parser.add_argument("--mr", type=Path, metavar="PATH", help="a T1-weighted MR: NIfTI or DICOM")


def _add_fusion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fuse-as-is",
        action="store_true",
        help="lay CT and MR of another frame of reference over the PET as they lie: your word",
    )


def _add_recovery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recovery-fwhm",
        type=_millimetres,
        metavar="MM",
        help="blur of the scanner: gives SUVmean and SUVmax after partial-volume recovery too",
    )


def _add_run(add: Callable[..., Any]) -> None:
    run = add("run", "make an image with a model of `uptake models`", inputs=False, as_json=True)
    run.add_argument("model", metavar="MODEL", help="id of a model that makes images")
    _add_inputs(run)
    _add_fusion(run)
    run.add_argument("--out", type=Path, required=True, metavar="DIR")
    run.add_argument(
        "--samples", type=_samples, metavar="N", help="Monte Carlo samples; 0 for no deviation"
    )
    run.add_argument("--device", type=_device, default="auto", help="auto, cpu or cuda:0")
    run.add_argument(
        "--dose-reduction",
        type=_reduction,
        metavar="X",
        help="what the dose was divided by, for denoising; estimated where it is not given",
    )
    run.add_argument("--quiet", action="store_true", help="no progress on a terminal")


def _add_mu_map(add: Callable[..., Any]) -> None:
    mu_map = add("mu-map", "the attenuation map at 511 keV of a study's CT", as_json=True)
    _add_fusion(mu_map)
    mu_map.add_argument("--out", type=Path, required=True, metavar="DIR")
    mu_map.add_argument(
        "--kvp",
        type=_kilovolts,
        metavar="KV",
        help="tube voltage of the CT; by default that of its header",
    )
    mu_map.add_argument("--quiet", action="store_true", help="no progress on a terminal")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of ``uptake``; wrong use ends with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="uptake",
        description="A PET/CT reading desk in which deep learning works beside the reader. "
        "Research use only, not for diagnosis. `uptake PATH...` opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"uptake {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, *, inputs: bool = True, as_json: bool = False) -> Any:
        command = commands.add_parser(name, help=text, description=text)
        if inputs:
            _add_inputs(command)
        if as_json:
            command.add_argument("--json", action="store_true", help="print one JSON document")
        return command

    add("open", "open the window (the default)")
    add("demo", "open the window with the sample study", inputs=False)
    add("info", "what is in a folder, and what would be read", as_json=True)
    analyze = add("analyze", "find lesions without a window", as_json=True)
    analyze.add_argument("--out", type=Path, required=True, metavar="DIR")
    analyze.add_argument("--model", metavar="ID", help="a model of `uptake models`")
    analyze.add_argument("--samples", type=_count, metavar="N", help="Monte Carlo samples")
    analyze.add_argument("--device", type=_device, default="auto", help="auto, cpu or cuda:0")
    analyze.add_argument("--quiet", action="store_true", help="no progress on a terminal")
    _add_fusion(analyze)
    _add_recovery(analyze)
    measure = add("measure", "biomarkers of given outlines on the PET's native grid", as_json=True)
    measure.add_argument(
        "--mask",
        type=Path,
        required=True,
        metavar="FILE",
        help="NIfTI labelmap, DICOM SEG or RTSTRUCT",
    )
    _add_fusion(measure)
    _add_recovery(measure)
    _add_run(add)
    _add_mu_map(add)
    add("models", "model packages and their cards", inputs=False, as_json=True)
    snapshot = add("snapshot", "the reading window as a picture")
    _add_fusion(snapshot)
    snapshot.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    snapshot.add_argument(
        "--layout", default="", metavar="NAME", help="by default compare with a second study"
    )
    snapshot.add_argument("--compare", type=Path, metavar="PATH", help="a second study beside it")
    snapshot.add_argument("--size", type=_size, default=(1600, 1000), metavar="WxH")
    train = add("train", "rerun a training recipe", inputs=False)
    train.add_argument("recipe", metavar="RECIPE", help="a recipe's name or its TOML file")
    train.add_argument("--data", type=Path, required=True, metavar="DIR")
    train.add_argument("--out", type=Path, required=True, metavar="DIR")
    train.add_argument("--max-minutes", type=float, metavar="M", help="stop training after M")
    return parser
