"""Install the environment with pip, and say what comes and how large it is while it comes.

Run as ``python packaging/install.py [--torch=cpu|gpu] ARGUMENTS OF PIP INSTALL`` with the
environment's own Python. With ``-c constraints.txt`` every file of a package is compared with the
hashes of ``constraints-hashes.txt`` (docs/decisions/0006-hashes.md). On Linux PyPI's torch brings
gigabytes of CUDA: with ``--torch=cpu`` its CPU build is taken first, from where pip is set up to
look, else from its makers' index.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"
HASHES = CONSTRAINTS.with_name("constraints-hashes.txt")
#: The first pip that takes hashes as constraints beside what has none (the project itself, torch).
HASHING_PIP = (26, 3)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
#: What pip says of a file that it takes, with its size where it knows it.
TAKEN = re.compile(r"\s*(?:Downloading|Using cached|Processing) (\S+)(?: \(([\d.]+) ([kMG]B)\))?")
#: Files smaller than this are not worth a line.
LEAST_MB = 5.0
MB = {"kB": 0.001, "MB": 1.0, "GB": 1000.0}


def main(arguments: list[str]) -> int:
    """Install, and return pip's exit code."""
    wanted = hashed([x for x in arguments if not x.startswith("--torch=")])
    version = torch_version()
    code = 0
    if "--torch=cpu" in arguments:
        print("Uptake's environment: about 0.7 GB to fetch, 2.8 GB on the disk.")
        print("torch is the build for CPUs; `make env GPU=1` takes the one for GPUs.", flush=True)
        cpu_build(version)
    elif "--torch=gpu" in arguments:
        print("torch for GPUs: about 3 GB more to fetch, 6 GB more on the disk.", flush=True)
        code = gpu_build(version)
    return code or (pip(*wanted) if wanted else 0)


def hashed(arguments: list[str]) -> list[str]:
    """Return pip's arguments with the hashes of the constraints, where these are asked for."""
    if CONSTRAINTS.name not in {Path(x).name for x in arguments}:
        return arguments
    version = re.match(r"(\d+)\.(\d+)", importlib.metadata.version("pip"))
    assert version is not None
    if (int(version[1]), int(version[2])) < HASHING_PIP:
        print("This pip cannot compare hashes of files: nothing is compared.", flush=True)
        return arguments
    return ["--no-require-hashes", "-c", str(HASHES), *arguments]


def torch_version() -> str:
    """Return the version of torch that the constraints name."""
    found = re.search(r"^torch==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def installed_torch() -> str:
    """Return the version of torch that is installed, or nothing."""
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""


def cpu_build(version: str) -> None:
    """Install torch for the CPU alone, where none of this version is there yet."""
    if sys.platform != "linux" or installed_torch().partition("+")[0] == version:
        return
    exact = ("--no-deps", f"torch=={version}+cpu")
    if pip(*exact, quiet=True) and pip("--index-url", CPU_INDEX, *exact, quiet=True):
        print("No CPU build of torch was found: pip takes the one of its index.", flush=True)


def gpu_build(version: str) -> int:
    """Put the torch of pip's index, which works on GPUs, in the place of the CPU build."""
    if installed_torch().endswith("+cpu"):
        return pip("--force-reinstall", f"torch=={version}")
    return pip(f"torch=={version}")


def pip(*arguments: str, quiet: bool = False) -> int:
    """Run ``pip install``; say its larger files, and all it said where it fails."""
    command = [sys.executable, "-m", "pip", "install", "--progress-bar", "off", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if text := told(line):
            print(text, flush=True)
    code = process.wait()
    if code and not quiet:
        print("".join(said), file=sys.stderr)
    return code


def told(line: str) -> str:
    """Return what is worth saying of a line of pip's, or nothing."""
    if line.startswith("Installing collected packages") and "," in line:
        return f"  unpacking {line.count(',') + 1} packages, half a minute or more"
    found = TAKEN.match(line)
    if found is None or not found[1].endswith((".whl", ".tar.gz")):
        return ""
    name, size, unit = found.groups()
    path = Path(name)
    megabytes = float(size) * MB[unit] if size else 0.0
    if not size and path.is_file():
        megabytes = path.stat().st_size / 1e6
    if megabytes < LEAST_MB:
        return ""
    return f"  {' '.join(path.name.split('-')[:2])}: {megabytes:.0f} MB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
