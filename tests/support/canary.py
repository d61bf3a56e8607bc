"""A study with a word in every text element of its headers, and a search for that word.

The word stands for a name: whatever holds it has kept something of a header.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.support.dicom_files import affine_of, phantom, write_series

WORD = "CANARY"
BIRTH = "19370519"
#: Texts that scanners and people fill in, by what they are about.
PATIENT = (
    "PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientComments",
    "AdditionalPatientHistory", "PatientAddress", "EthnicGroup", "Occupation", "PatientBirthName",
    "PatientMotherBirthName", "MedicalRecordLocator", "PatientTelephoneNumbers", "Allergies",
)  # fmt: skip
STUDY = (
    "StudyDescription", "StudyID", "AccessionNumber", "ReferringPhysicianName",
    "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "AdmittingDiagnosesDescription",
    "RequestingPhysician", "RequestedProcedureDescription", "StudyComments",
)  # fmt: skip
SERIES = (
    "SeriesDescription", "ProtocolName", "OperatorsName", "PerformingPhysicianName",
    "PerformedProcedureStepDescription", "PerformedProcedureStepID", "RequestAttributesSequence",
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName",
    "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions",
    "ImageComments", "ConvolutionKernel", "ReconstructionMethod", "AttenuationCorrectionMethod",
    "ScatterCorrectionMethod", "DerivationDescription", "ContrastBolusAgent",
    "AcquisitionDeviceProcessingDescription", "FilterType", "CommentsOnThePerformedProcedureStep",
)  # fmt: skip
TRACER = ("Radiopharmaceutical", "RadiopharmaceuticalRoute")


def fill(dataset: Dataset) -> None:
    """Put the word, with the element's own name, into every text of a header."""
    for keyword in (*PATIENT, *STUDY, *SERIES):
        if keyword == "RequestAttributesSequence":
            item = Dataset()
            item.RequestedProcedureDescription = f"{WORD} asked"
            item.ScheduledProcedureStepDescription = f"{WORD} step"
            dataset.RequestAttributesSequence = [item]
            continue
        value = f"{WORD}{sum(map(ord, keyword)) % 997}"
        setattr(dataset, keyword, value[:16])
    dataset.PatientBirthDate = BIRTH
    for item in dataset.get("RadiopharmaceuticalInformationSequence", ()):
        for keyword in TRACER:
            setattr(item, keyword, f"{WORD} tracer")
    block = dataset.private_block(0x0099, f"{WORD} BLOCK", create=True)
    block.add_new(0x01, "LO", f"{WORD} private")


def write_study(folder: Path) -> Path:
    """Write a PET and a CT of one body, 12 slices, with the word in every text."""
    affine = affine_of((4.0, 4.0, 4.0))
    shape = (12, 32, 32)
    _, j, i = np.indices(shape)
    body = (j - 16) ** 2 + (i - 16) ** 2 < 14**2
    stored = np.where(body, 2000, 0) + phantom(shape) % 50
    stored[4:8, 12:17, 12:17] = 26000
    write_series(folder / "pet", stored.astype(np.int16), affine, series_uid="1.2.826.0.1.1")
    ct = np.where(body, 40, -1000).astype(np.int16)
    write_series(folder / "ct", ct, affine, "CT", series_uid="1.2.826.0.1.2", KVP="120")
    for path in folder.rglob("*.dcm"):
        dataset = dcmread(path)
        fill(dataset)
        dataset.save_as(path)
    return folder


def holders(paths: Iterable[Path], words: Iterable[str] = (WORD, BIRTH)) -> dict[str, list[str]]:
    """Names of the files that hold one of some words, packed or not, with their surroundings."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        for word in words:
            at = data.find(word.encode())
            if at >= 0:
                around = data[max(0, at - 60) : at + 40].decode("latin-1")
                found.setdefault(path.name, []).append(around)
    return found
